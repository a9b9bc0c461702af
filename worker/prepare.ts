import { pathToFileURL } from 'node:url';
import {
  Client,
  Connection,
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Config } from '../common/config.js';
import { configOrExit } from '../common/config.js';
import { createDataConverter } from '../common/data-converter.js';
import { collectionsOf, ensureIndexes } from '../common/read-model/collections.js';
import { connectDatabase, type Database } from '../common/read-model/connection.js';
import { auditorScheduleId, auditorWorkflowId } from '../workflows/contracts/ids.js';
import { searchAttributeList } from '../workflows/contracts/search-attributes.js';
import { taskQueues } from '../workflows/contracts/task-queues.js';

/**
 * Everything that servers need before the worker may poll: indexes, search attributes, the auditor's
 * Schedule. Safe to repeat; `npm run prepare:servers` does it, and the worker does it at its start.
 * On a server whose operator service is closed to us (Temporal Cloud) the attributes have to be
 * registered there, and this says so.
 */
export async function prepareServers(input: {
  database: Database;
  client: Client;
  say: (line: string) => void;
}): Promise<void> {
  const { database, client, say } = input;
  await ensureIndexes({ collections: collectionsOf({ database }) });
  say('indexes are in place');
  await registerSearchAttributes(client, say);
  await ensureAuditorSchedule(client);
  say('the auditor is scheduled every minute');
}

async function registerSearchAttributes(
  client: Client,
  say: (line: string) => void,
): Promise<void> {
  const namespace = client.options.namespace;
  const { operatorService } = client.connection as Connection;
  const known = await operatorService.listSearchAttributes({ namespace });
  const missing = searchAttributeList.filter(({ name }) => !(name in known.customAttributes));
  if (missing.length === 0) return say('search attributes are registered');
  const types = Object.fromEntries(
    missing.map(({ name, type }) => [name, indexedValueTypes[type]]),
  );
  await operatorService.addSearchAttributes({ namespace, searchAttributes: types });
  say(`search attributes registered: ${missing.map(({ name }) => name).join(', ')}`);
}

const { IndexedValueType } = proto.temporal.api.enums.v1;
const indexedValueTypes = {
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Datetime: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
};

/**
 * Its workflow takes no arguments: sealed ones would stay behind in the Schedule when the codec's key
 * that sealed them is retired.
 */
async function ensureAuditorSchedule(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: auditorScheduleId,
      spec: { intervals: [{ every: '1 minute' }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'auditor',
        workflowId: auditorWorkflowId,
        taskQueue: taskQueues.integration,
        args: [],
        workflowExecutionTimeout: '10 minutes',
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

async function prepareFrom(config: Config): Promise<void> {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const { connectionOptions, namespace } = config.temporal;
  const connection = await Connection.connect(connectionOptions);
  const database = await connectDatabase({ uri: config.mongodbUri, appName: 'pillar-prepare' });
  try {
    const dataConverter = createDataConverter({ codecKeys: config.keys.codec });
    const client = new Client({ connection, namespace, dataConverter });
    await prepareServers({ database, client, say });
  } finally {
    await connection.close();
    await database.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await prepareFrom(configOrExit({ role: 'worker' }));
}
