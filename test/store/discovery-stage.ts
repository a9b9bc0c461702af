import { catalogueTurn } from '../../activities/watching/catalogue.js';
import { listingTurn } from '../../activities/watching/listing.js';
import { resolveTurn } from '../../activities/watching/resolve.js';
import type { Turn, TurnResult } from '../../activities/watching/turn.js';
import { usersTurn } from '../../activities/watching/users.js';
import {
  applicationRowId,
  ensureFixedRows,
  listingRowId,
  setRoleRows,
} from '../../activities/watching/work-list.js';
import type { InstallationDoc, RoleDoc, WorkRow } from '../../common/read-model/documents.js';
import { createStage, type Stage } from './stage.js';

const handlers = {
  catalogue: catalogueTurn,
  listing: listingTurn,
  resolve: resolveTurn,
  users: usersTurn,
};

/** A stage whose rows take their turns one at a time, without a slice. */
export interface DiscoveryStage extends Stage {
  turnOn(jobId: string, change?: Partial<RoleDoc>): Promise<void>;
  find(rowId: string): Promise<WorkRow>;
  all(): Promise<WorkRow[]>;
  setRow(rowId: string, change: Partial<WorkRow>): Promise<void>;
  /** The row's turn, whose result is lost: the process died before it was stored. */
  lost(rowId: string): Promise<TurnResult>;
  /** The row's turn, stored. */
  take(rowId: string): Promise<TurnResult>;
  /** Turns until the listing is whole; throws when there is no end. */
  whole(rowId: string): Promise<number>;
  /** Calls of the vendor so far, then none. */
  asked(): string[];
}

export async function createDiscoveryStage(): Promise<DiscoveryStage> {
  const stage = await createStage();
  const { deps, life } = stage;
  const { collections } = deps;
  await stage.install();
  await ensureFixedRows(collections, life);

  async function turnOf(rowId: string): Promise<Turn> {
    const [row, installation, client] = await Promise.all([
      discovery.find(rowId),
      collections.installations.findOne({ _id: life.orgId }).lean<InstallationDoc>(),
      deps.clients.clientFor('credential-1'),
    ]);
    if (installation === null) throw new Error('there is no installation');
    return { ...life, row, installation, client, periods: deps.watchPeriods };
  }

  const discovery: DiscoveryStage = {
    ...stage,
    async turnOn(jobId, change = {}) {
      await stage.addRole(jobId, change);
      await setRoleRows(collections, { ...life, jobId, active: true });
    },
    async find(rowId) {
      const row = await collections.applications.findOne({ _id: rowId }).lean<WorkRow | null>();
      if (row === null) throw new Error(`${rowId} is not on the work list`);
      return row;
    },
    all: async () =>
      await collections.applications
        .find({ ...life, kind: { $in: ['resolve', 'application'] } })
        .sort({ _id: 1 })
        .lean<WorkRow[]>(),
    async setRow(rowId, change) {
      await collections.applications.updateOne({ _id: rowId }, { $set: change });
    },
    async lost(rowId) {
      const turn = await turnOf(rowId);
      const handler = handlers[turn.row.kind as keyof typeof handlers];
      return await handler(deps, turn);
    },
    async take(rowId) {
      const result = await discovery.lost(rowId);
      await discovery.setRow(rowId, result.row);
      return result;
    },
    async whole(rowId) {
      for (let turns = 1; turns <= 50; turns += 1) {
        await discovery.take(rowId);
        if ((await discovery.find(rowId)).cursor === null) return turns;
      }
      throw new Error('the listing has no end');
    },
    asked: () => deps.company.calls.splice(0),
  };
  return discovery;
}

/** Who applied for a job, all with one status. */
export function applicants(ids: readonly string[], status = 'INTERVIEW', updatedAt?: number) {
  return ids.map((candidateId) => ({
    candidateId,
    status,
    ...(updatedAt !== undefined && { updatedAt }),
  }));
}

export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}-${String(n).padStart(3, '0')}`);
}

export function keysOf({ life }: Stage) {
  return {
    listing: (jobId: string) => listingRowId(life, jobId),
    application: (candidateId: string, jobId: string) =>
      applicationRowId(life, { candidateId, jobId }),
  };
}
