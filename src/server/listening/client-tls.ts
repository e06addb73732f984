/**
 * TLS on the client port: the files of `--cert-file` and its siblings, and a server that only does handshakes.
 *
 * It never listens: connections come from `protocol-mux.ts`, after their first bytes turned out to be a ClientHello.
 */

import { readFileSync } from "node:fs"
import tls from "node:tls"
import { ConfigErrors, explainFileError } from "../configuration/config-error.ts"
import type { TlsFiles } from "../configuration/config.ts"

/** Calls `secured` with each connection whose handshake succeeded, `failed` for the others. Throws `ConfigErrors` for files that cannot be used. */
export function createClientTls(
  files: TlsFiles,
  handshakeMs: number,
  secured: (socket: tls.TLSSocket) => void,
  failed: (error: Error, socket: tls.TLSSocket) => void,
): tls.Server {
  const cert = readPem("--cert-file", files.certFile)
  const key = readPem("--key-file", files.keyFile)
  const ca = files.caFile === null ? undefined : readPem("--trusted-ca-file", files.caFile)
  const options: tls.TlsOptions = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    requestCert: files.requireClientCert,
    rejectUnauthorized: files.requireClientCert,
    minVersion: "TLSv1.2",
    allowHalfOpen: true,
    handshakeTimeout: handshakeMs,
  }
  let server: tls.Server
  try {
    server = tls.createServer(options, secured)
  } catch (error) {
    const found = `${files.certFile} and ${files.keyFile} (${(error as Error).message})`
    throw new ConfigErrors([
      {
        where: "--cert-file and --key-file",
        found,
        expected: "a PEM certificate and its own private key",
        advice: "check that they belong together",
      },
    ])
  }
  return server.on("tlsClientError", failed)
}

/** What this server, as a client, shows and trusts at other servers' client ports: its own certificate, and the authority that signs clients'. */
export function clientTlsOptions(files: TlsFiles): tls.ConnectionOptions {
  const ca = files.caFile === null ? {} : { ca: readPem("--trusted-ca-file", files.caFile) }
  return { cert: readPem("--cert-file", files.certFile), key: readPem("--key-file", files.keyFile), ...ca }
}

function readPem(flag: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new ConfigErrors([
      { where: flag, found: `${file} (${explainFileError(error)})`, expected: "a PEM file that we may read", advice: "" },
    ])
  }
}
