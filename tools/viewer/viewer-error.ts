/** Codes of errors that prevent the viewer from starting. */
export const ViewerErrorCode = {
  /** The host is not a loopback address. */
  Host: "ERR_VIEWER_HOST",
  /** A backend's address is not an HTTP URL. */
  Backend: "ERR_VIEWER_BACKEND",
  /** The interval between points is out of range. */
  Interval: "ERR_VIEWER_INTERVAL",
  /** There are no dashboards, or one is not valid JSON. */
  Dashboards: "ERR_VIEWER_DASHBOARDS",
  /** The page cannot be built. */
  Page: "ERR_VIEWER_PAGE",
  /** The port is in use or not permitted. */
  Listen: "ERR_VIEWER_LISTEN",
} as const;
export type ViewerErrorCode = (typeof ViewerErrorCode)[keyof typeof ViewerErrorCode];

/** The viewer cannot be started. */
export class ViewerError extends Error {
  override readonly name = "ViewerError";
  readonly code: ViewerErrorCode;

  constructor(code: ViewerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
