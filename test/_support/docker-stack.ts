import { join } from "node:path";
import { DockerEngine } from "./docker-engine.ts";
import { makeImages } from "./docker-images.ts";

const root = join(import.meta.dirname, "../..");
/** Starting it starts, through what it waits for, every service but Grafana: its image cannot be made here. */
const LAST_SERVICE = "load";
const NETWORK = "limelight_default";

/** What the engine knows of a container. */
export interface Container {
  readonly service: string;
  readonly status: string;
  /** `undefined` where it has no health check. */
  readonly health: string | undefined;
  readonly exitCode: number;
  readonly restarts: number;
  /** Of its first process, by the engine's count; 0 when it has ended. */
  readonly pid: number;
  readonly memoryLimitBytes: number;
  readonly address: string;
}

interface InspectJson {
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly Pid: number;
    readonly Health?: { readonly Status: string };
  };
  readonly HostConfig: { readonly Memory: number };
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

/** The repository's compose files, up in an engine of their own. */
export class DockerStack implements AsyncDisposable {
  readonly engine: DockerEngine;
  #files: readonly string[] = [];

  private constructor(engine: DockerEngine) {
    this.engine = engine;
  }

  /** Builds the images and starts the services. */
  static async start(): Promise<DockerStack> {
    const stack = new DockerStack(await DockerEngine.start());
    try {
      await makeImages(stack.engine);
      await stack.up();
      return stack;
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Starts the services; resolves when each has started or is healthy, as the files ask.
   *
   * @param overlays names of further compose files
   */
  async up(...overlays: readonly string[]): Promise<void> {
    const files = ["docker-compose.yml", ...overlays];
    this.#files = files.flatMap((file) => ["--file", join(root, file)]);
    try {
      await this.compose("build", "app"); // the others have the same image
      await this.compose("up", "--detach", "--no-build", "--pull", "never", LAST_SERVICE);
    } catch (error) {
      const logs = await this.compose("logs", "--tail", "20").catch(String);
      throw new Error(`the stack did not start; its containers said: ${logs}`, { cause: error });
    }
  }

  /** What `docker compose` with `args` writes to its standard output. */
  compose(...args: readonly string[]): Promise<string> {
    const own = ["compose", "--project-directory", root, ...this.#files, "--env-file", "/dev/null"];
    const environment = { GRAFANA_ADMIN_PASSWORD: "for a test" };
    return this.engine.docker([...own, ...args], environment);
  }

  /** Every container, also those that have ended. */
  async containers(): Promise<Container[]> {
    const ids = (await this.engine.docker(["ps", "--all", "--quiet"])).trim().split("\n");
    const found = JSON.parse(await this.engine.docker(["inspect", ...ids])) as InspectJson[];
    return found.map(({ RestartCount, State, HostConfig, Config, NetworkSettings }) => ({
      service: Config.Labels["com.docker.compose.service"] ?? "",
      status: State.Status,
      health: State.Health?.Status,
      exitCode: State.ExitCode,
      restarts: RestartCount,
      pid: State.Pid,
      memoryLimitBytes: HostConfig.Memory,
      address: NetworkSettings.Networks[NETWORK]?.IPAddress ?? "",
    }));
  }

  /** Where this process reaches `port` of `service`, published or not. */
  async reach(service: string, port: number): Promise<string> {
    const found = (await this.containers()).find((container) => container.service === service);
    if (found === undefined) throw new Error(`there is no ${service}`);
    return this.engine.reach(found.address, port);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.engine[Symbol.asyncDispose]();
  }
}
