import { type Model, Schema } from 'mongoose';
import type { Database } from './connection.js';
import type {
  AlertDoc,
  ArtifactDoc,
  AuditDoc,
  ChangeDoc,
  ClaimDoc,
  CommandDoc,
  CredentialDoc,
  FenceDoc,
  InstallationDoc,
  InterviewDoc,
  JobDoc,
  NotificationDoc,
  OptOutDoc,
  ProviderLeaseDoc,
  ReceiptDoc,
  RoleDoc,
  ServiceSecretDoc,
  SubscriptionDoc,
  TombstoneDoc,
  VendorEventDoc,
  WatchReportDoc,
  WebhookReceiptDoc,
  WorkRow,
} from './documents.js';

type Direction = 1 | -1;
type IndexKeys = Record<string, Direction>;

/**
 * Every collection with its indexes, in one place. Documents are typed at compile time and written
 * by this project alone, so the schemas declare the key and the indexes and leave the fields to the
 * types. Only what MongoDB 6 and the embedded stand-in both have is used: no partial indexes,
 * no transactions, no pipeline updates.
 */
function schemaOf(...indexes: IndexKeys[]): Schema {
  const schema = new Schema(
    { _id: { type: String, required: true } },
    { strict: false, versionKey: false, minimize: false, autoIndex: false },
  );
  for (const keys of indexes) schema.index(keys);
  return schema;
}

function expiring(schema: Schema): Schema {
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  return schema;
}

const schemas = {
  installations: schemaOf(),
  credentials: expiring(schemaOf({ orgId: 1 })),
  jobs: schemaOf({ orgId: 1, title: 1 }),
  roles: schemaOf({ orgId: 1, title: 1 }),
  applications: schemaOf(
    { orgId: 1, generation: 1, active: 1, nextCheckAt: 1 },
    { orgId: 1, generation: 1, active: 1, kind: 1, tier: 1, nextCheckAt: 1 },
    { orgId: 1, generation: 1, active: 1, urgent: 1, nextCheckAt: 1 },
    { orgId: 1, applicationId: 1 },
    { orgId: 1, candidateId: 1 },
    { orgId: 1, jobId: 1 },
  ),
  interviews: schemaOf(
    { orgId: 1, startsAt: 1 },
    { orgId: 1, jobId: 1, startsAt: 1 },
    { orgId: 1, applicationId: 1 },
    { orgId: 1, 'plan.roomKey': 1 },
  ),
  claims: schemaOf({ orgId: 1 }, { 'holders.state': 1 }),
  fences: schemaOf({ orgId: 1 }),
  commands: expiring(schemaOf({ orgId: 1 })),
  changes: expiring(schemaOf({ orgId: 1, seq: 1 })),
  tombstones: schemaOf({ orgId: 1 }),
  opt_outs: schemaOf({ orgId: 1 }),
  notifications: schemaOf({ orgId: 1, interviewId: 1 }, { orgId: 1, at: 1 }),
  alerts: expiring(schemaOf({ nextAttemptAt: 1 }, { orgId: 1, at: 1 })),
  artifacts: expiring(schemaOf({ orgId: 1 })),
  audit_events: schemaOf({ orgId: 1, seq: -1 }),
  receipts: expiring(schemaOf({ orgId: 1 })),
  webhook_receipts: expiring(schemaOf()),
  subscriptions: schemaOf({ orgId: 1 }, { keyHash: 1 }),
  vendor_events: expiring(schemaOf({ orgId: 1, followedAt: 1, receivedAt: 1 }, { followedAt: 1 })),
  watch_reports: schemaOf(),
  provider_leases: schemaOf(),
  service_secrets: schemaOf(),
} as const;

export interface Collections {
  installations: Model<InstallationDoc>;
  credentials: Model<CredentialDoc>;
  jobs: Model<JobDoc>;
  roles: Model<RoleDoc>;
  applications: Model<WorkRow>;
  interviews: Model<InterviewDoc>;
  claims: Model<ClaimDoc>;
  fences: Model<FenceDoc>;
  commands: Model<CommandDoc>;
  changes: Model<ChangeDoc>;
  tombstones: Model<TombstoneDoc>;
  opt_outs: Model<OptOutDoc>;
  notifications: Model<NotificationDoc>;
  alerts: Model<AlertDoc>;
  artifacts: Model<ArtifactDoc>;
  audit_events: Model<AuditDoc>;
  receipts: Model<ReceiptDoc>;
  webhook_receipts: Model<WebhookReceiptDoc>;
  subscriptions: Model<SubscriptionDoc>;
  vendor_events: Model<VendorEventDoc>;
  watch_reports: Model<WatchReportDoc>;
  provider_leases: Model<ProviderLeaseDoc>;
  service_secrets: Model<ServiceSecretDoc>;
}

/** The models over one connection. */
export function collectionsOf({ database }: { database: Database }): Collections {
  const models = Object.entries(schemas).map(([name, schema]) => [
    name,
    database.models[name] ?? database.model(name, schema, name),
  ]);
  return Object.fromEntries(models) as Collections;
}

/** Makes every index; safe to repeat. The worker refuses to poll before this has succeeded. */
export async function ensureIndexes({ collections }: { collections: Collections }): Promise<void> {
  for (const model of Object.values(collections)) {
    await (model as Model<{ _id: string }>).createIndexes();
  }
}
