/** Loopback ports, one for each listener of the stack's programs. */
export type StackPorts = Readonly<Record<StackPort, number>>;

export type StackPort =
  | "otlpGrpc"
  | "otlpHttp"
  | "collectorHealth"
  | "collectorMetrics"
  | "prometheus"
  | "jaeger"
  | "jaegerGrpc"
  | "jaegerOtlp"
  | "jaegerHealth"
  | "jaegerMetrics"
  | "victoriaLogs";

/** The programs' default ports, changed where two would be the same. */
export const DEFAULT_PORTS: StackPorts = {
  otlpGrpc: 4317,
  otlpHttp: 4318,
  collectorHealth: 13133,
  collectorMetrics: 8888,
  prometheus: 9090,
  jaeger: 16686,
  jaegerGrpc: 16685,
  jaegerOtlp: 4327,
  jaegerHealth: 13134,
  jaegerMetrics: 8889,
  victoriaLogs: 9428,
};
