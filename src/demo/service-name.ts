/** Imported before the SDK, which reads the environment when it starts. */
process.env["OTEL_SERVICE_NAME"] ??= "limelight-demo";
