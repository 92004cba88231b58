// The small functions that `lambent new` writes: each greets, fails when asked to, and shows where to go on.

export type Language = "rust" | "node" | "python";

/** Path in the new folder → content. */
export type Template = Readonly<Record<string, string>>;

export interface TemplateOptions {
  /** Cargo takes a folder below a workspace for a forgotten member; a workspace table of its own says that it is not. */
  readonly isBelowWorkspace: boolean;
}

export const templates: Readonly<Record<Language, (name: string, options: TemplateOptions) => Template>> = {
  rust: (name, options) => ({
    "Cargo.toml": cargoToml(name, options),
    "src/main.rs": MAIN_RS,
    ".gitignore": "/target\n",
  }),
  node: () => ({ "index.mjs": INDEX_MJS }),
  python: () => ({ "lambda_function.py": LAMBDA_FUNCTION_PY }),
};

function cargoToml(name: string, { isBelowWorkspace }: TemplateOptions): string {
  return `[package]
name = "${name}"
version = "0.1.0"
edition = "2024"

[dependencies]
lambda_runtime = { version = "1", default-features = false }
serde = { version = "1", features = ["derive"] }
tokio = { version = "1", features = ["macros", "rt"] }
${isBelowWorkspace ? "\n# A project of its own, although there is a workspace in a folder above.\n[workspace]\n" : ""}`;
}

const MAIN_RS = `use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Request {
    name: Option<String>,
}

#[derive(Serialize)]
struct Response {
    message: String,
    request_id: String,
}

async fn greet(event: LambdaEvent<Request>) -> Result<Response, Error> {
    let name = event.payload.name.unwrap_or_else(|| "world".into());
    println!("greeting {name}");
    if name.is_empty() {
        return Err("name is empty".into());
    }
    Ok(Response {
        message: format!("Hello, {name}!"),
        request_id: event.context.request_id,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(greet)).await
}
`;

const INDEX_MJS = `export const handler = async ({ name = "world" }, context) => {
  console.log(\`greeting \${name}\`);
  if (name === "") throw new Error("name is empty");
  return { message: \`Hello, \${name}!\`, request_id: context.awsRequestId };
};
`;

const LAMBDA_FUNCTION_PY = `def lambda_handler(event, context):
    name = event.get("name", "world")
    print(f"greeting {name}")
    if not name:
        raise ValueError("name is empty")
    return {"message": f"Hello, {name}!", "request_id": context.aws_request_id}
`;
