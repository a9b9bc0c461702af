import { existsSync } from 'node:fs';
import { Connection } from '@temporalio/client';
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';

type Environment = Readonly<Record<string, string | undefined>>;

/** What both connections to Temporal are made from: the client's and the worker's native one. */
export type TemporalConnectionOptions = {
  connectionOptions: ClientConnectConfig['connectionOptions'];
  namespace: string;
};

/**
 * Reads `TEMPORAL_*` (and the profile file they may name) the way every official client does.
 *
 * Throws what `@temporalio/envconfig` throws when a value or the file cannot be parsed.
 * Without `env` the library reads the process's own environment, where an empty value is a value:
 * processes take `config.temporal` instead. Without an address it is `localhost:7233`, without a namespace `default`.
 */
export const temporalConnectionOptions = ({
  env,
}: {
  env?: Environment;
} = {}): TemporalConnectionOptions => {
  const { connectionOptions, namespace } = loadClientConnectConfig(
    env ? { overrideEnvVars: onlySet(env) } : {},
  );
  return { connectionOptions, namespace: namespace ?? 'default' };
};

const clientCertificate = ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_CERT_DATA'];
const clientKey = ['TEMPORAL_TLS_CLIENT_KEY_PATH', 'TEMPORAL_TLS_CLIENT_KEY_DATA'];

/**
 * What is wrong with `TEMPORAL_*`, by variable and without values.
 *
 * `@temporalio/envconfig` 1.24 takes three mistakes in silence that would end in a connection
 * without TLS or to another server: any word but `true` or `1` is false, a configuration file that
 * does not exist is none, and a client certificate without its key is left out.
 */
export const temporalFaults = (env: Environment): { variable: string; problem: string }[] => {
  const faults: { variable: string; problem: string }[] = [];
  const fault = (variable: string, problem: string) => faults.push({ variable, problem });

  for (const variable of ['TEMPORAL_TLS', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION']) {
    if (env[variable] && !/^(true|false|1|0)$/.test(env[variable])) {
      fault(variable, 'must be true, false, 1 or 0');
    }
  }
  if (
    env.TEMPORAL_ADDRESS &&
    !/^([^\s:/@]+|\[[0-9a-f:]+\])(:\d{1,5})?$/i.test(env.TEMPORAL_ADDRESS)
  ) {
    fault('TEMPORAL_ADDRESS', 'must be host or host:port');
  }
  if (env.TEMPORAL_CONFIG_FILE && !existsSync(env.TEMPORAL_CONFIG_FILE)) {
    fault('TEMPORAL_CONFIG_FILE', 'names a file that does not exist');
  }
  const hasCertificate = clientCertificate.some((variable) => env[variable]);
  const hasKey = clientKey.some((variable) => env[variable]);
  if (hasCertificate && !hasKey)
    fault('TEMPORAL_TLS_CLIENT_KEY_PATH', 'is missing beside the certificate');
  if (hasKey && !hasCertificate)
    fault('TEMPORAL_TLS_CLIENT_CERT_PATH', 'is missing beside the key');

  try {
    temporalConnectionOptions({ env });
  } catch {
    // The parser's own message may quote a key or a certificate, so it is not passed on.
    fault('TEMPORAL_*', 'cannot be read: a file or profile that it names is missing or malformed');
  }
  return faults;
};

/** A client connection that dials at its first call, so that the API starts while Temporal is down. */
export const lazyClientConnection = ({
  connectionOptions,
}: Pick<TemporalConnectionOptions, 'connectionOptions'>): Connection =>
  Connection.lazy(connectionOptions);

const onlySet = (env: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
