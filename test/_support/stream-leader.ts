import type { NatsCluster, NatsServer } from "./nats-server.ts";

/** The server that leads a stream, as one of those that run knows it; `undefined` if none does. */
export async function streamLeader(
  cluster: NatsCluster,
  stream: string,
): Promise<NatsServer | undefined> {
  for (const server of cluster.servers.filter(({ running }) => running)) {
    const answer = await fetch(`${server.monitorUrl}/jsz?streams=true&accounts=true`);
    const { account_details: accounts = [] } = (await answer.json()) as {
      account_details?: { stream_detail?: { name: string; cluster?: { leader?: string } }[] }[];
    };
    const details = accounts.flatMap(({ stream_detail: streams = [] }) => streams);
    const leader = details.find(({ name }) => name === stream)?.cluster?.leader;
    const at = Number(leader?.replace("nats-", "")) - 1;
    if (cluster.servers[at]?.running === true) return cluster.servers[at];
  }
  return undefined;
}
