/** Ports of loopback, one for each thing that the stack's programs listen for. */
export type StackPorts = Readonly<Record<StackPort, number>>;

export type StackPort =
  | "otlpGrpc"
  | "otlpHttp"
  | "collectorHealth"
  | "collectorMetrics"
  | "prometheus"
  | "tempo"
  | "tempoGrpc"
  | "tempoOtlp"
  | "loki"
  | "lokiGrpc";

/** The programs' usual ports, moved apart where two would have the same. */
export const DEFAULT_PORTS: StackPorts = {
  otlpGrpc: 4317,
  otlpHttp: 4318,
  collectorHealth: 13133,
  collectorMetrics: 8888,
  prometheus: 9090,
  tempo: 3200,
  tempoGrpc: 9095,
  tempoOtlp: 4327,
  loki: 3100,
  lokiGrpc: 9096,
};
