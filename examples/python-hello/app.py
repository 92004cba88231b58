# Quotes an order: net price, discount, tax and total in cents. The same function as rust-hello and node-hello, answer for answer.

import time

TAX_PERCENT = {"AT": 20, "CH": 8, "DE": 19, "FR": 20}


def handler(order, context):
    if order.get("delayMs"):
        time.sleep(order["delayMs"] / 1000)  # stands for a slow tax service
    quoted = quote(order["country"], order["items"])
    print(f"quoted {quoted['pieces']} pieces for {quoted['country']}")
    return quoted


def quote(country, items):
    percent = TAX_PERCENT.get(country)
    if percent is None:
        raise ValueError(f"no tax rate for {country}")
    pieces = sum(item["quantity"] for item in items)
    net = sum(item["quantity"] * item["unitCents"] for item in items)
    discount = share(net, 5) if pieces >= 10 else 0
    tax = share(net - discount, percent)
    return {
        "country": country,
        "pieces": pieces,
        "netCents": net,
        "discountCents": discount,
        "taxCents": tax,
        "totalCents": net - discount + tax,
    }


def share(cents, percent):
    """Rounded half up, in whole cents."""
    return (cents * percent + 50) // 100
