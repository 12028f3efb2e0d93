import { generateKeyPairSync, sign } from "node:crypto";

/** One value of ASN.1 DER. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  // Lengths have to be as short as they can be: Go refuses others.
  if (body.length < 0x1_00) return Buffer.concat([Buffer.from([tag, 0x81, body.length]), body]);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(body.length);
  return Buffer.concat([Buffer.from([tag, 0x82]), size, body]);
}

const hex = (digits: string): Buffer => Buffer.from(digits, "hex");
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (digits: string): Buffer => der(0x06, hex(digits));
const time = (text: string): Buffer => der(0x18, Buffer.from(text));

/** Whom a certificate is for. */
export interface CertificateNames {
  readonly name?: string;
  /** Four numbers. */
  readonly address?: readonly number[];
}

/** Returns a key and a certificate, for `localhost` and `127.0.0.1` unless given, signed by the key itself. */
export function selfSigned({
  name: host = "localhost",
  address = [127, 0, 0, 1],
}: CertificateNames = {}): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));
  const commonName = sequence(oid("550403"), der(0x0c, Buffer.from(host)));
  const name = sequence(der(0x31, commonName));
  const names = sequence(der(0x82, Buffer.from(host)), der(0x87, Buffer.from(address)));
  const extensions = sequence(
    sequence(oid("551d11"), der(0x04, names)),
    sequence(oid("551d13"), der(0x04, sequence(der(0x01, hex("ff"))))),
  );
  const body = sequence(
    der(0xa0, der(0x02, hex("02"))),
    der(0x02, hex("01")),
    ecdsaWithSha256,
    name,
    sequence(time("20200101000000Z"), time("20990101000000Z")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = der(0x03, hex("00"), sign("sha256", body, privateKey));
  const lines = sequence(body, ecdsaWithSha256, signature)
    .toString("base64")
    .match(/.{1,64}/g);
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: ["-----BEGIN CERTIFICATE-----", ...(lines ?? []), "-----END CERTIFICATE-----"].join("\n"),
  };
}
