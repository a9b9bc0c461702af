import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { collectionsOf } from '../common/read-model/collections.js';
import { connectDatabase, type Database } from '../common/read-model/connection.js';
import { consistencyOf } from '../common/read-model/consistency.js';
import {
  listOperationsFences,
  type OperationsFence,
  type OperationsTarget,
  writeOperationsFence,
} from '../common/read-model/operations-fences.js';
import { orgIdPattern } from '../workflows/contracts/ids.js';

/**
 * Break-glass: stops the notetaker for an organization, a provider or everything, or lets it go
 * again. Needs `MONGODB_URI` and nothing else: neither Temporal nor our own processes.
 */
const usage = `Stops the notetaker, or lets it go again. Needs only MONGODB_URI.

  fence on  --organization ID | --provider NAME | --everything  --reason TEXT [--by WHO]
  fence off --organization ID | --provider NAME | --everything  --reason TEXT [--by WHO]
  fence list

on    no bot is sent any more; bots that are in meetings are removed within a minute
off   takes the fence down; interviews that are ahead are decided anew
list  every fence, newest first

Exit codes: 0 done, 64 usage, 65 no such organization, 69 the store cannot be reached, 78 no MONGODB_URI.
`;

const exitCodes = { done: 0, usage: 64, unknown: 65, unavailable: 69, configuration: 78 } as const;

const providers = ['pillar', 'recall', 'attendee', 'vexa'];

class Refusal extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

type Order =
  | { kind: 'help' }
  | { kind: 'list' }
  | { kind: 'write'; target: OperationsTarget; off: boolean; reason: string; by: string };

try {
  await carryOut(orderOf(process.argv.slice(2)));
  process.exitCode = exitCodes.done;
} catch (error) {
  const refusal =
    error instanceof Refusal
      ? error
      : new Refusal(
          'The store cannot be reached; nothing is known to be changed.',
          exitCodes.unavailable,
        );
  process.stderr.write(`${refusal.message}\n`);
  process.exitCode = refusal.exitCode;
}

function orderOf(args: string[]): Order {
  const { values, positionals } = parsed(args);
  const [verb, ...rest] = positionals;
  if (values.help === true) return { kind: 'help' };
  if (rest.length > 0) throw new Refusal(`One of on, off, list.\n\n${usage}`, exitCodes.usage);
  if (verb === 'list') return { kind: 'list' };
  if (verb !== 'on' && verb !== 'off') throw new Refusal(usage, exitCodes.usage);
  const reason = values.reason?.trim() ?? '';
  if (reason === '') throw new Refusal('Say why: --reason TEXT.', exitCodes.usage);
  const by = values.by?.trim() || userInfo().username;
  return { kind: 'write', target: targetOf(values), off: verb === 'on', reason, by };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        organization: { type: 'string' },
        provider: { type: 'string' },
        everything: { type: 'boolean' },
        reason: { type: 'string' },
        by: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    throw new Refusal(`${why}\n\n${usage}`, exitCodes.usage);
  }
}

function targetOf(values: {
  organization?: string | undefined;
  provider?: string | undefined;
  everything?: boolean | undefined;
}): OperationsTarget {
  const { organization, provider, everything } = values;
  const given = [organization, provider, everything].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw new Refusal('Exactly one of --organization, --provider, --everything.', exitCodes.usage);
  }
  if (organization !== undefined) {
    if (!orgIdPattern.test(organization)) {
      throw new Refusal('That is not the id of an organization.', exitCodes.usage);
    }
    return { scope: 'organization', orgId: organization };
  }
  if (provider === undefined) return { scope: 'everything' };
  // A fence around a name that no process has would look like one and stop nothing.
  if (!providers.includes(provider)) {
    throw new Refusal(`The provider is one of ${providers.join(', ')}.`, exitCodes.usage);
  }
  return { scope: 'provider', provider };
}

async function carryOut(order: Order): Promise<void> {
  if (order.kind === 'help') return void process.stdout.write(usage);
  const uri = process.env.MONGODB_URI?.trim() ?? '';
  if (!/^mongodb(\+srv)?:\/\/[^\s/]+/.test(uri)) {
    throw new Refusal('MONGODB_URI is missing or no MongoDB address.', exitCodes.configuration);
  }
  const database = await connectDatabase({ uri, appName: 'fence' });
  try {
    await withStore(database, order);
  } finally {
    await database.close();
  }
}

async function withStore(database: Database, order: Exclude<Order, { kind: 'help' }>) {
  const collections = collectionsOf({ database });
  const store = { collections, consistency: await consistencyOf({ database }) };
  if (order.kind === 'list') {
    const fences = await listOperationsFences(store);
    const lines = fences.length === 0 ? ['There is no fence.'] : fences.map(lineOf);
    process.stdout.write(`${lines.join('\n')}\n`);
    return;
  }
  const { target, off } = order;
  if (off && target.scope === 'organization') {
    const known = await collections.installations.exists({ _id: target.orgId });
    // With a wrong id nothing would be stopped, and whoever commands it must know that at once.
    if (known === null) {
      throw new Refusal(
        `No organization ${target.orgId} is connected: nothing was fenced.`,
        exitCodes.unknown,
      );
    }
  }
  await writeOperationsFence({ ...store, ...order });
  process.stdout.write(
    off
      ? `Fenced: ${nameOf(target)}. No bot is sent any more; bots in meetings are removed within a minute.\n`
      : `The fence is down: ${nameOf(target)}.\n`,
  );
}

function lineOf({ target, off, reason, by, at }: OperationsFence): string {
  const state = off ? 'FENCED' : 'down  ';
  return `${state}  ${new Date(at).toISOString()}  ${nameOf(target)}  by ${by}: ${reason}`;
}

function nameOf(target: OperationsTarget): string {
  switch (target.scope) {
    case 'organization':
      return `organization ${target.orgId}`;
    case 'provider':
      return `provider ${target.provider}`;
    case 'everything':
      return 'everything';
  }
}
