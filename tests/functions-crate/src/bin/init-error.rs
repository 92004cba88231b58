//! Reports an error of its own during init and exits.

use test_functions::RuntimeApi;

fn main() {
    let body = br#"{"errorMessage":"no configuration","errorType":"Function.NoConfiguration","stackTrace":[]}"#;
    let headers = "lambda-runtime-function-error-type: Function.NoConfiguration\r\n";
    RuntimeApi::connect().post("/init/error", headers, body);
    std::process::exit(1);
}
