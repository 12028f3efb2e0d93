import { nkeys } from "@nats-io/transport-node";

type KeyPair = ReturnType<typeof nkeys.createUser>;

const UNLIMITED = -1;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A JWT of NATS, signed by `issuer`. */
function jwt(issuer: KeyPair, subject: KeyPair, nats: object): string {
  const claims = {
    jti: subject.getPublicKey(),
    iat: 1_700_000_000,
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    nats: { ...nats, version: 2 },
  };
  const signed = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode(claims)}`;
  const signature = Buffer.from(issuer.sign(Buffer.from(signed))).toString("base64url");
  return `${signed}.${signature}`;
}

/** An operator with one account, and files of credentials for its users. */
export class NatsOperator {
  readonly #account: KeyPair = nkeys.createAccount();
  /** For the configuration of a server. */
  readonly config: string;

  constructor() {
    const [operator, system] = [nkeys.createOperator(), nkeys.createAccount()];
    const accountJwt = (account: KeyPair, storage: number): string =>
      jwt(operator, account, {
        type: "account",
        limits: {
          subs: UNLIMITED,
          data: UNLIMITED,
          payload: UNLIMITED,
          imports: UNLIMITED,
          exports: UNLIMITED,
          wildcards: true,
          conn: UNLIMITED,
          leaf: UNLIMITED,
          mem_storage: storage,
          disk_storage: storage,
          streams: storage,
          consumer: storage,
        },
        default_permissions: { pub: {}, sub: {} },
      });
    this.config = [
      `operator: ${jwt(operator, operator, { type: "operator" })}`,
      "resolver: MEMORY",
      `system_account: ${system.getPublicKey()}`,
      "resolver_preload: {",
      `  ${system.getPublicKey()}: ${accountJwt(system, 0)}`,
      `  ${this.#account.getPublicKey()}: ${accountJwt(this.#account, UNLIMITED)}`,
      "}",
    ].join("\n");
  }

  /** The text of a file of credentials for a new user. */
  credentials(): string {
    const user = nkeys.createUser();
    const userJwt = jwt(this.#account, user, {
      type: "user",
      subs: UNLIMITED,
      data: UNLIMITED,
      payload: UNLIMITED,
      pub: {},
      sub: {},
    });
    return [
      "-----BEGIN NATS USER JWT-----",
      userJwt,
      "------END NATS USER JWT------",
      "",
      "-----BEGIN USER NKEY SEED-----",
      text(user.getSeed()),
      "------END USER NKEY SEED------",
      "",
    ].join("\n");
  }
}
