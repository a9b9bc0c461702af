import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ActivityDeps } from '../../activities/deps.js';
import { createSmartRecruitersClient } from '../../activities/smartrecruiters/client.js';
import { createMongoRateLimiter } from '../../activities/smartrecruiters/mongo-rate-limiter.js';
import type { Turn } from '../../activities/watching/turn.js';
import { removeSubscription } from '../../activities/webhooks/removal.js';
import { subscriptionTurn } from '../../activities/webhooks/subscription.js';
import { createMongoInputStore } from '../../api/queries/mongo-input-store.js';
import type {
  InstallationDoc,
  SubscriptionDoc,
  VendorEventDoc,
  WorkRow,
} from '../../common/read-model/documents.js';
import { harness } from '../api/support/harness.js';
import {
  type Started,
  startWithCompany,
  wideLimits,
} from '../sandbox/smartrecruiters/started-simulator.js';
import { eventually } from '../support/eventually.js';
import { createStage, type Stage } from './stage.js';
import { followVendorEvents } from './webhooks-stage.js';

/** The watch's part and the API's part of the webhooks against the simulator, over HTTP and a store. */
let stage: Stage;
let vendor: Started;
let server: Server;
let clientId: string;
let deps: ActivityDeps;
let api: ReturnType<typeof harness>;

beforeEach(async () => {
  stage = await createStage();
  vendor = await startWithCompany({ limits: wideLimits, timeFactor: 600 });
  const { control, url: apiUrl } = vendor.simulator;
  const keys = await control.createCredential({
    companyId: vendor.companyId,
    scopes: ['job_applications_read', 'webhooks_manage'],
  });
  clientId = keys.clientId;
  const client = createSmartRecruitersClient({
    apiUrl,
    credential: { clientId, clientSecret: keys.clientSecret },
    budgetKey: 'budget',
    limiter: createMongoRateLimiter({ leases: stage.deps.collections.provider_leases }),
  });
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { vault, collections } = stage.deps;
  api = harness({
    inputs: createMongoInputStore({ collections }),
    vault,
    publicUrl,
    now: Date.now,
  });
  server.on('request', api.app);
  deps = {
    ...stage.deps,
    publicUrl,
    smartRecruitersUrl: apiUrl,
    clients: { clientFor: async () => client, forget() {} },
  };
  await stage.install();
  await stage.addRole(vendor.jobId);
});

afterEach(async () => {
  await vendor.simulator.close();
  server.closeAllConnections();
  server.close();
  await stage.close();
});

async function turn() {
  const installation = await deps.collections.installations
    .findOne({ _id: stage.life.orgId })
    .lean<InstallationDoc>();
  const client = await deps.clients.clientFor('credential-1');
  const periods = deps.watchPeriods;
  return await subscriptionTurn(deps, { ...stage.life, installation, client, periods } as Turn);
}

const doc = () =>
  deps.collections.subscriptions
    .findOne({ orgId: stage.life.orgId })
    .lean<SubscriptionDoc | null>();
const events = () =>
  deps.collections.vendor_events.find({ orgId: stage.life.orgId }).lean<VendorEventDoc[]>();
const count = async (wanted: number) =>
  await eventually(async () => (await events()).length === wanted, {
    ...{ withinMs: 45_000, what: `event ${wanted}` },
  });

async function schedule(): Promise<string> {
  const { id } = await vendor.simulator.control.scheduleInterview({
    applicationId: vendor.applicationId,
    timeslots: [{ startsOn: '2030-05-06T09:00:00.000Z', endsOn: '2030-05-06T09:30:00.000Z' }],
  });
  return id;
}

async function statuses(): Promise<Record<string, number>> {
  return (await vendor.simulator.control.webhookStatistics()).statuses;
}

describe('webhooks of the simulator', () => {
  it('come in once the watch has subscribed, and lead to the application', async () => {
    expect((await turn()).row.lastResult).toBe('active');
    const interviewId = await schedule();
    await count(1);
    expect(await events()).toMatchObject([
      { eventName: 'interview.created', interviewId, applicationId: vendor.applicationId },
    ]);
    expect(await followVendorEvents(deps, stage.life)).toBe(1);
    const rows = await deps.collections.applications
      .find({ orgId: stage.life.orgId, kind: 'application' })
      .lean<WorkRow[]>();
    expect(rows).toMatchObject([
      { applicationId: vendor.applicationId, jobId: vendor.jobId, urgent: true },
    ]);
    expect(api.gateway.nudges.length).toBeGreaterThan(0);
  });

  it('hold through a rotation of the key', async () => {
    await turn();
    await schedule();
    await count(1);
    await deps.collections.subscriptions.updateOne(
      { orgId: stage.life.orgId },
      { $set: { 'secrets.0.madeAt': 1 } },
    );
    await turn();
    expect((await doc())?.secrets).toHaveLength(2);
    await schedule();
    await count(2);
    expect(await statuses()).toEqual({ 202: 2 });
  });

  it('that come twice and in disorder are stored once each', async () => {
    await turn();
    await vendor.simulator.control.webhookFaults({ duplicate: 0.5, disorder: 0.5 });
    for (let at = 0; at < 12; at += 1) await schedule();
    await count(12);
    const { duplicateCount } = await eventually(async () => {
      const statistics = await vendor.simulator.control.webhookStatistics();
      return statistics.waitingCount === 0 && statistics;
    });
    expect(duplicateCount).toBeGreaterThan(0);
    expect(await statuses()).toEqual({ 202: 12 + duplicateCount });
  });

  it('that were refused until the vendor suspended are healed by the next turn', async () => {
    await turn();
    const { control } = vendor.simulator;
    await control.webhookFaults({ corruptSignature: 1 });
    await schedule();
    await eventually(async () => ((await statuses())['401'] ?? 0) > 0);
    const [subscription] = await control.listSubscriptions();
    await control.suspend({ subscriptionId: subscription?.id ?? '' });
    await control.webhookFaults({ corruptSignature: 0 });
    expect(await events()).toEqual([]);

    expect((await turn()).row.lastResult).toBe('active');
    expect(await events()).toHaveLength(1);
    await schedule();
    await count(2);
    expect(await control.listSubscriptions()).toHaveLength(1);
  });

  it('end with the installation', async () => {
    await turn();
    await stage.deps.run(() => removeSubscription(deps, stage.life));
    expect(await vendor.simulator.control.listSubscriptions()).toEqual([]);
  });

  it('are no fault without their scope, and come when there is one', async () => {
    const { control } = vendor.simulator;
    await control.revokeScope({ clientId, scope: 'webhooks_manage' });
    expect((await turn()).row.lastResult).toBe('no_scope');
    await control.restoreScope({ clientId, scope: 'webhooks_manage' });
    expect((await turn()).row.lastResult).toBe('active');
  });

  it('are answered in time when they come by hundreds a second', async () => {
    await turn();
    await schedule();
    const { control } = vendor.simulator;
    await control.burst({ companyId: vendor.companyId, perSecond: 200, events: 400 });
    await count(401);
    expect(await statuses()).toEqual({ 202: 401 });
    expect(api.gateway.nudges.length).toBeLessThan(40);
  });
});
