/** `service.name` of the load generator. */
export const LOAD_SERVICE_NAME = "limelight-demo-load";
