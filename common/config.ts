import { z } from 'zod';
import {
  baseUrl,
  hostList,
  isLoopback,
  type KeyRing,
  keyRing,
  mongodbUri,
  origin,
  port,
  required,
  secret,
  urlWithScheme,
  webUrl,
} from './config-values.js';
import {
  type TemporalConnectionOptions,
  temporalConnectionOptions,
  temporalFaults,
} from './temporal-connection.js';

export type { KeyRing };

export type ProcessRole = 'api' | 'worker';

export type NotetakerProvider = (typeof notetakerProviders)[number];

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Everything a process is told from outside. Base URLs carry no trailing slash; ports are TCP ports. */
export type Config = {
  environmentName: string;
  logLevel: LogLevel;
  /** As `@temporalio/envconfig` reads `TEMPORAL_*`, an empty value taken for none. */
  temporal: TemporalConnectionOptions;
  mongodbUri: string;
  smartRecruiters: {
    apiUrl: string;
    /** `host[:port]` in lower case; no request goes to another one. */
    allowedHosts: string[];
  };
  pillar: {
    jwksUrl: string;
    issuer: string;
    audience: string;
    tokenUrl: string;
    webhook: null | { url: string; secret: string };
  };
  keys: { vault: KeyRing; codec: KeyRing; receipt: KeyRing };
  notetaker: {
    provider: NotetakerProvider;
    apiUrl: string;
    apiKey: string;
    /** As the provider shows it: Recall.ai's begins with `whsec_`, Attendee's is base64. */
    webhookSecret: string;
  };
  mail: { smtpUrl: string; from: string };
  publicUrl: string;
  api: { port: number };
  operations: { port: number; token: string | null };
  codec: {
    /** Keys of the sign-in in front of the Temporal UI, when there is one. */
    jwksUrl: string | null;
    /** The one browser origin that may decode without a token: only ever set on loopback. */
    anonymousOrigin: string | null;
  };
};

/** One thing wrong with one variable. `problem` never holds the variable's value. */
export type ConfigFault = { variable: string; problem: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** `EX_CONFIG` of sysexits.h: something is wrong with the configuration. */
const configurationExitCode = 78;

const smartRecruitersHosts = ['api.smartrecruiters.com', 'api.sandbox.smartrecruiters.com'];

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const notetakerProviders = ['pillar', 'recall', 'attendee', 'vexa'] as const;

const notetakerProvider = z
  .enum(notetakerProviders, `must be one of ${notetakerProviders.join(', ')}`)
  .default('pillar');

/** Of secrets that are keys in another form; a wrong one would refuse every webhook. */
const webhookSecretForms: Partial<Record<NotetakerProvider, { form: RegExp; problem: string }>> = {
  recall: { form: /^whsec_[A-Za-z0-9+/]{16,}={0,2}$/, problem: 'must be whsec_ and base64' },
  attendee: { form: /^[A-Za-z0-9+/]{16,}={0,2}$/, problem: 'must be base64' },
};

const variables = {
  ENVIRONMENT_NAME: required.regex(/^[a-z0-9-]{1,32}$/, 'must be [a-z0-9-]{1,32}'),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  MONGODB_URI: mongodbUri,
  SMARTRECRUITERS_API_URL: baseUrl.default('https://api.smartrecruiters.com'),
  SMARTRECRUITERS_ALLOWED_HOSTS: hostList,
  PILLAR_JWKS_URL: webUrl,
  PILLAR_JWT_ISSUER: required,
  PILLAR_JWT_AUDIENCE: required,
  PILLAR_TOKEN_URL: webUrl,
  PILLAR_WEBHOOK_URL: webUrl.optional(),
  PILLAR_WEBHOOK_SECRET: secret.optional(),
  VAULT_KEYS: keyRing,
  CODEC_KEYS: keyRing,
  RECEIPT_KEYS: keyRing,
  NOTETAKER_PROVIDER: notetakerProvider,
  NOTETAKER_API_URL: baseUrl,
  NOTETAKER_API_KEY: required,
  NOTETAKER_WEBHOOK_SECRET: required,
  SMTP_URL: urlWithScheme(['smtp:', 'smtps:']),
  MAIL_FROM: required.regex(
    /^([^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/,
    'must be an address, or a name with an address in angle brackets',
  ),
  PUBLIC_URL: baseUrl,
  API_PORT: port.default(8080),
  OPERATIONS_PORT: port.optional(),
  OPERATIONS_TOKEN: secret.optional(),
  CODEC_JWKS_URL: webUrl.optional(),
  CODEC_ANONYMOUS_ORIGIN: origin.optional(),
} as const;

type Variable = keyof typeof variables;
type Values = { [K in Variable]: z.output<(typeof variables)[K]> };

const readVariables = (env: Environment): { values: Partial<Values>; faults: ConfigFault[] } => {
  const faults: ConfigFault[] = [];
  const values: Record<string, unknown> = {};
  for (const [variable, schema] of Object.entries(variables)) {
    // An empty line in an environment file means "not set".
    const given = env[variable]?.trim() || undefined;
    const result = schema.safeParse(given);
    if (result.success) values[variable] = result.data;
    else faults.push(...result.error.issues.map(({ message }) => ({ variable, problem: message })));
  }
  return { values, faults };
};

const combinedFaults = (values: Partial<Values>, role: ProcessRole): ConfigFault[] => {
  const faults: ConfigFault[] = [];
  const fault = (variable: Variable, problem: string) => faults.push({ variable, problem });

  const apiUrl = values.SMARTRECRUITERS_API_URL;
  const added = values.SMARTRECRUITERS_ALLOWED_HOSTS;
  if (apiUrl && added && ![...smartRecruitersHosts, ...added].includes(new URL(apiUrl).host)) {
    fault('SMARTRECRUITERS_API_URL', 'has a host that SMARTRECRUITERS_ALLOWED_HOSTS does not name');
  }
  if (
    values.CODEC_ANONYMOUS_ORIGIN &&
    values.PUBLIC_URL &&
    !isLoopback(new URL(values.PUBLIC_URL))
  ) {
    fault('CODEC_ANONYMOUS_ORIGIN', 'is allowed only where PUBLIC_URL is loopback');
  }
  const secretForm = webhookSecretForms[values.NOTETAKER_PROVIDER ?? 'pillar'];
  const secretGiven = values.NOTETAKER_WEBHOOK_SECRET;
  if (secretForm && secretGiven !== undefined && !secretForm.form.test(secretGiven)) {
    fault('NOTETAKER_WEBHOOK_SECRET', secretForm.problem);
  }
  if (role === 'api' && values.API_PORT && values.API_PORT === operationsPort(values, role)) {
    fault('OPERATIONS_PORT', 'must differ from API_PORT');
  }
  return faults;
};

const pairFaults = (env: Environment): ConfigFault[] => {
  const isSet = (variable: Variable) => Boolean(env[variable]?.trim());
  const pairs: [Variable, Variable][] = [
    ['PILLAR_WEBHOOK_URL', 'PILLAR_WEBHOOK_SECRET'],
    ['PILLAR_WEBHOOK_SECRET', 'PILLAR_WEBHOOK_URL'],
  ];
  return pairs
    .filter(([present, absent]) => isSet(present) && !isSet(absent))
    .map(([present, absent]) => ({ variable: absent, problem: `is missing beside ${present}` }));
};

const operationsPort = (values: Partial<Values>, role: ProcessRole): number =>
  values.OPERATIONS_PORT ?? (role === 'api' ? 9090 : 9091);

const toConfig = (values: Values, role: ProcessRole, env: Environment): Config => ({
  environmentName: values.ENVIRONMENT_NAME,
  logLevel: values.LOG_LEVEL,
  temporal: temporalConnectionOptions({ env }),
  mongodbUri: values.MONGODB_URI,
  smartRecruiters: {
    apiUrl: values.SMARTRECRUITERS_API_URL,
    allowedHosts: [...smartRecruitersHosts, ...values.SMARTRECRUITERS_ALLOWED_HOSTS],
  },
  pillar: {
    jwksUrl: values.PILLAR_JWKS_URL,
    issuer: values.PILLAR_JWT_ISSUER,
    audience: values.PILLAR_JWT_AUDIENCE,
    tokenUrl: values.PILLAR_TOKEN_URL,
    webhook:
      values.PILLAR_WEBHOOK_URL && values.PILLAR_WEBHOOK_SECRET
        ? { url: values.PILLAR_WEBHOOK_URL, secret: values.PILLAR_WEBHOOK_SECRET }
        : null,
  },
  keys: {
    vault: values.VAULT_KEYS,
    codec: values.CODEC_KEYS,
    receipt: values.RECEIPT_KEYS,
  },
  notetaker: {
    provider: values.NOTETAKER_PROVIDER,
    apiUrl: values.NOTETAKER_API_URL,
    apiKey: values.NOTETAKER_API_KEY,
    webhookSecret: values.NOTETAKER_WEBHOOK_SECRET,
  },
  mail: { smtpUrl: values.SMTP_URL, from: values.MAIL_FROM },
  publicUrl: values.PUBLIC_URL,
  api: { port: values.API_PORT },
  operations: { port: operationsPort(values, role), token: values.OPERATIONS_TOKEN ?? null },
  codec: {
    jwksUrl: values.CODEC_JWKS_URL ?? null,
    anonymousOrigin: values.CODEC_ANONYMOUS_ORIGIN ?? null,
  },
});

const isComplete = (values: Partial<Values>, faults: readonly ConfigFault[]): values is Values =>
  faults.length === 0;

/**
 * Reads the environment of one process and tells every fault of it at once, by variable name and
 * without values.
 */
export const loadConfig = ({
  role,
  env = process.env,
}: {
  role: ProcessRole;
  env?: Environment;
}): { ok: true; config: Config } | { ok: false; faults: ConfigFault[] } => {
  const { values, faults: single } = readVariables(env);
  const faults = [
    ...single,
    ...pairFaults(env),
    ...combinedFaults(values, role),
    ...temporalFaults(env),
  ];
  return isComplete(values, faults)
    ? { ok: true, config: toConfig(values, role, env) }
    : { ok: false, faults };
};

/** `loadConfig` for a process: writes each fault on a line of stderr and ends with exit code 78. */
export const configOrExit = ({
  role,
  env = process.env,
}: {
  role: ProcessRole;
  env?: Environment;
}): Config => {
  const loaded = loadConfig({ role, env });
  if (loaded.ok) return loaded.config;
  const lines = loaded.faults.map(({ variable, problem }) => `  ${variable} ${problem}\n`);
  process.stderr.write(`The environment of the ${role} is not usable:\n${lines.join('')}`);
  return process.exit(configurationExitCode);
};
