import { Client, Connection } from '@temporalio/client';
import { type Config, loadConfig } from '../common/config.js';
import { createDataConverter } from '../common/data-converter.js';
import { connectDatabase, type Database } from '../common/read-model/connection.js';
import { newSecrets, processEnvironment } from '../sandbox/environment.js';
import { type IdentitySimulator, startIdentitySimulator } from '../sandbox/identity/simulator.js';
import { startMailCatcher } from '../sandbox/mail/catcher.js';
import {
  type NotetakerSimulator,
  startNotetakerSimulator,
} from '../sandbox/notetaker/simulator.js';
import { startMongodb } from '../sandbox/servers/mongodb.js';
import { freePort } from '../sandbox/servers/ports.js';
import { startTemporal } from '../sandbox/servers/temporal.js';
import { startSmartRecruitersSimulator } from '../sandbox/smartrecruiters/simulator.js';
import { searchAttributeList } from '../workflows/contracts/search-attributes.js';
import { say } from './report.js';
import {
  type RemoteSimulator,
  type SimulatorProcessOptions,
  startSimulatorProcess,
} from './simulator-process.js';

/** Servers and simulators of one benchmark, with a client that has the product's keys. */
export interface World {
  smartRecruiters: RemoteSimulator;
  notetaker: NotetakerSimulator;
  identity: IdentitySimulator;
  database: Database;
  client: Client;
  config: Config;
  /** For the product's processes. */
  environment: Record<string, string>;
  apiUrl: string;
  close(): Promise<void>;
}

/**
 * Starts Temporal and MongoDB in memory, each by the first way that works, and the simulators in
 * this process; SmartRecruiters in one of its own when something is said about it. The notetaker
 * takes any number of bots: its published limit is not what is measured.
 */
export async function startWorld(
  options: {
    smartRecruiters?: SimulatorProcessOptions;
    /** Bots tell the API of their states; without, joins look at them by themselves. */
    notetakerWebhooks?: boolean;
  } = {},
): Promise<World> {
  const progress = (line: string) => say(`  ${line}`);
  const [temporal, mongodb] = await Promise.all([
    startTemporal({ headless: true, searchAttributes: [...searchAttributeList], progress }),
    startMongodb({ busy: true, progress }),
  ]);
  say(`  Temporal: ${temporal.how}`);
  say(`  MongoDB: ${mongodb.how}`);
  const secrets = newSecrets();
  const [apiPort, operationsPort] = [await freePort(), await freePort()];
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const [smartRecruiters, notetaker, identity, mail] = await Promise.all([
    options.smartRecruiters === undefined
      ? startSmartRecruitersSimulator()
      : startSimulatorProcess(options.smartRecruiters),
    startNotetakerSimulator({
      apiKey: secrets.notetakerApiKey,
      webhookSecret: secrets.notetakerWebhookSecret,
      ...(options.notetakerWebhooks
        ? { webhookUrl: `${apiUrl}/v1/webhooks/notetaker/pillar` }
        : {}),
      createsPerMinute: 1_000_000,
    }),
    startIdentitySimulator(),
    startMailCatcher({}),
  ]);
  const environment = processEnvironment({
    secrets,
    logLevel: 'error',
    addresses: {
      temporal: temporal.address,
      mongodb: mongodb.uri,
      smartRecruiters: smartRecruiters.url,
      notetakerApi: notetaker.apiUrl,
      identity,
      smtp: mail.smtpUrl,
      publicUrl: apiUrl,
      apiPort,
      operationsPort,
      temporalUiOrigin: null,
    },
  });
  const loaded = loadConfig({ role: 'worker', env: environment });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const { config } = loaded;
  const database = await connectDatabase({ uri: mongodb.uri, appName: 'bench' });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({
    connection,
    dataConverter: createDataConverter({ codecKeys: config.keys.codec }),
  });
  return {
    smartRecruiters,
    notetaker,
    identity,
    database,
    client,
    config,
    environment,
    apiUrl,
    async close() {
      await connection.close();
      await database.close();
      await Promise.all([
        smartRecruiters.close(),
        notetaker.close(),
        identity.close(),
        mail.close(),
      ]);
      await Promise.all([temporal.stop(), mongodb.stop()]);
    },
  };
}
