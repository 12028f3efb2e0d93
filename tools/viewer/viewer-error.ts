/** What can be wrong with how the viewer is started. */
export const ViewerErrorCode = {
  /** It is to listen where others can reach it. */
  Host: "ERR_VIEWER_HOST",
  /** A backend's address is no http address. */
  Backend: "ERR_VIEWER_BACKEND",
  /** Points cannot lie so far from each other. */
  Interval: "ERR_VIEWER_INTERVAL",
  /** There are no dashboards, or one is no JSON. */
  Dashboards: "ERR_VIEWER_DASHBOARDS",
  /** The page cannot be built. */
  Page: "ERR_VIEWER_PAGE",
  /** The port is taken, or not ours to take. */
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
