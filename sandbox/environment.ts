import { randomBytes } from 'node:crypto';

/** Secrets of one sandbox; they must survive a restart together with the data they seal. */
export interface SandboxSecrets {
  vaultKeys: string;
  codecKeys: string;
  receiptKeys: string;
  notetakerApiKey: string;
  notetakerWebhookSecret: string;
  operationsToken: string;
}

export function newSecrets(): SandboxSecrets {
  const key = () => `k1:${randomBytes(32).toString('base64')}`;
  const token = () => randomBytes(24).toString('base64url');
  return {
    vaultKeys: key(),
    codecKeys: key(),
    receiptKeys: key(),
    notetakerApiKey: token(),
    notetakerWebhookSecret: token(),
    operationsToken: token(),
  };
}

/** Where the servers and simulators of one sandbox answer. */
export interface SandboxAddresses {
  temporal: string;
  mongodb: string;
  smartRecruiters: string;
  notetakerApi: string;
  identity: { jwksUrl: string; issuer: string; audience: string; tokenUrl: string };
  smtp: string;
  /** Where the API is reached, and the ports it and the operators' endpoints listen on. */
  publicUrl: string;
  apiPort: number;
  operationsPort: number;
  /** Origin of the Temporal UI, which may decode payloads without a token; null for none. */
  temporalUiOrigin: string | null;
}

/** The environment of the API and the worker, as `.env.example` describes it. */
export function processEnvironment(input: {
  addresses: SandboxAddresses;
  secrets: SandboxSecrets;
  logLevel: string;
}): Record<string, string> {
  const { addresses, secrets, logLevel } = input;
  return {
    ENVIRONMENT_NAME: 'sandbox',
    LOG_LEVEL: logLevel,
    TEMPORAL_ADDRESS: addresses.temporal,
    TEMPORAL_NAMESPACE: 'default',
    MONGODB_URI: addresses.mongodb,
    SMARTRECRUITERS_API_URL: addresses.smartRecruiters,
    SMARTRECRUITERS_ALLOWED_HOSTS: new URL(addresses.smartRecruiters).host,
    PILLAR_JWKS_URL: addresses.identity.jwksUrl,
    PILLAR_JWT_ISSUER: addresses.identity.issuer,
    PILLAR_JWT_AUDIENCE: addresses.identity.audience,
    PILLAR_TOKEN_URL: addresses.identity.tokenUrl,
    VAULT_KEYS: secrets.vaultKeys,
    CODEC_KEYS: secrets.codecKeys,
    RECEIPT_KEYS: secrets.receiptKeys,
    NOTETAKER_PROVIDER: 'pillar',
    NOTETAKER_API_URL: addresses.notetakerApi,
    NOTETAKER_API_KEY: secrets.notetakerApiKey,
    NOTETAKER_WEBHOOK_SECRET: secrets.notetakerWebhookSecret,
    SMTP_URL: addresses.smtp,
    MAIL_FROM: 'Pillar <interviews@pillar.example>',
    PUBLIC_URL: addresses.publicUrl,
    API_PORT: String(addresses.apiPort),
    OPERATIONS_PORT: String(addresses.operationsPort),
    OPERATIONS_TOKEN: secrets.operationsToken,
    ...(addresses.temporalUiOrigin === null
      ? {}
      : { CODEC_ANONYMOUS_ORIGIN: addresses.temporalUiOrigin }),
  };
}
