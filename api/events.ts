import type { Logger } from 'pino';
import type { ChangeDoc, ChangeKind } from '../common/read-model/documents.js';
import type { ApiDeps } from './deps.js';
import { presentCommand, storedOutcome } from './presenters/command.js';
import type { Resources } from './resources.js';

export interface FeedEvent {
  kind: ChangeKind | 'reset';
  /** The highest number that was told; null while there was no change. */
  id: number | null;
  data: unknown;
}

export interface FeedStream {
  send(event: FeedEvent): void;
  /** The process ends. */
  end(): void;
}

export interface ChangeFeed {
  /**
   * Follows the changes of an organization until `close`. With a last event id it goes on there,
   * or sends `reset` when that is too far back. `position` is the id to go on from.
   */
  open(input: {
    orgId: string;
    lastEventId: string | null;
    stream: FeedStream;
  }): Promise<{ position: number | null; close: () => void }>;
  close(): void;
}

const rowsPerRead = 500;

/** `common/read-model/changes.ts` numbers changes by the clock in microseconds. */
const seqPerMs = 1000;

/** One poller for each organization that somebody watches, shared by all streams of this process. */
export function createChangeFeed(
  deps: Pick<ApiDeps, 'readModel' | 'now' | 'events' | 'logger'> & { resources: Resources },
): ChangeFeed {
  const watchers = new Map<string, Watcher>();

  return {
    async open({ orgId, lastEventId, stream }) {
      const watcher = watchers.get(orgId) ?? createWatcher({ ...deps, orgId });
      watchers.set(orgId, watcher);
      const leave = () => {
        if (watcher.remove(stream) > 0 || watchers.get(orgId) !== watcher) return;
        watcher.stop();
        watchers.delete(orgId);
      };
      try {
        const position = await watcher.add({ stream, lastEventId: numberOf(lastEventId) });
        return { position, close: leave };
      } catch (error) {
        leave();
        throw error;
      }
    },
    close() {
      for (const watcher of watchers.values()) {
        watcher.stop();
        watcher.endAll();
      }
      watchers.clear();
    },
  };
}

interface Watcher {
  add(input: {
    stream: FeedStream;
    lastEventId: number | 'unreadable' | null;
  }): Promise<number | null>;
  /** How many streams remain. */
  remove(stream: FeedStream): number;
  stop(): void;
  endAll(): void;
}

function createWatcher({
  orgId,
  readModel,
  resources,
  now,
  events,
  logger,
}: Pick<ApiDeps, 'readModel' | 'now' | 'events'> & {
  resources: Resources;
  logger: Logger;
  orgId: string;
}): Watcher {
  const streams = new Set<FeedStream>();
  const present = presenterOf({ orgId, readModel, resources, now });
  const overlap = events.overlapMs * seqPerMs;
  /** The highest number that was told; null while there was no change. */
  let told: number | null = null;
  /** Numbers of the overlap that were told: what is missing there may still become visible. */
  let recent = new Set<number>();
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  let isFailing = false;
  // Reads and joins take turns, so that a stream that joins neither misses nor repeats a row.
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const next = turn.then(step);
    turn = next.catch(() => undefined);
    return next;
  }

  function mark(seq: number): number {
    told = Math.max(told ?? seq, seq);
    recent.add(seq);
    return told;
  }

  async function* rowsAfter(seq: number): AsyncGenerator<ChangeDoc[]> {
    for (let from = seq; ; ) {
      const rows = await readModel.changesAfter({
        orgId,
        seq: from,
        limit: rowsPerRead,
        now: now(),
      });
      yield rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < rowsPerRead) return;
      from = last.seq;
    }
  }

  /** The numbers come from the clocks of several processes: a row may appear behind a later one. */
  async function read(): Promise<void> {
    for await (const rows of rowsAfter((told ?? 0) - overlap)) {
      const fresh = rows.filter(({ seq }) => !recent.has(seq));
      const data = await present(fresh);
      for (const row of fresh) {
        const id = mark(row.seq);
        const found = data.get(row);
        if (found === undefined) continue;
        for (const stream of streams) stream.send({ kind: row.kind, id, data: found });
      }
    }
    const oldest = (told ?? 0) - overlap;
    recent = new Set([...recent].filter((seq) => seq > oldest));
  }

  /** Takes what is there for told. */
  async function begin(newest: number): Promise<void> {
    mark(newest);
    for await (const rows of rowsAfter(newest - overlap)) for (const { seq } of rows) mark(seq);
  }

  /**
   * What a stream that was away has missed of what was told, and once more what came shortly
   * before: it may have become visible only after the stream had ended.
   */
  async function catchUp(stream: FeedStream, from: number): Promise<void> {
    for await (const rows of rowsAfter(from - overlap)) {
      const past = rows.filter(
        ({ seq }) => seq !== from && (recent.has(seq) || seq <= (told ?? 0) - overlap),
      );
      const data = await present(past);
      for (const row of past) {
        const found = data.get(row);
        if (found === undefined) continue;
        stream.send({ kind: row.kind, id: Math.max(row.seq, from), data: found });
      }
    }
  }

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      inTurn(read)
        .then(() => {
          isFailing = false;
        })
        .catch((error: unknown) => {
          if (!isFailing) logger.warn({ err: error, orgId }, 'changes cannot be read');
          isFailing = true;
        })
        .finally(schedule);
    }, events.pollMs);
    timer.unref();
  }

  const add: Watcher['add'] = async ({ stream, lastEventId }) => {
    const range = await readModel.changeRange({ orgId, now: now() });
    if (told === null && range !== null) await begin(range.newest);
    if (typeof lastEventId === 'number' && range !== null && isWithin(lastEventId, range)) {
      await catchUp(stream, lastEventId);
    } else if (lastEventId !== null) {
      stream.send({ kind: 'reset', id: told, data: {} });
    }
    streams.add(stream);
    if (timer === null) schedule();
    return told;
  };

  return {
    add: (input) => inTurn(() => add(input)),
    remove(stream) {
      streams.delete(stream);
      return streams.size;
    },
    stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
    },
    endAll() {
      for (const stream of streams) stream.end();
      streams.clear();
    },
  };
}

function isWithin(seq: number, range: { oldest: number; newest: number }): boolean {
  return seq >= range.oldest && seq <= range.newest;
}

function numberOf(lastEventId: string | null): number | 'unreadable' | null {
  if (lastEventId === null) return null;
  return /^\d{1,16}$/.test(lastEventId) ? Number(lastEventId) : 'unreadable';
}

/** Reads each changed resource once; of several changes of one the last is told. */
function presenterOf({
  orgId,
  readModel,
  resources,
  now,
}: Pick<ApiDeps, 'readModel' | 'now'> & { resources: Resources; orgId: string }) {
  async function resourceOf({ kind, key }: ChangeDoc): Promise<unknown> {
    switch (kind) {
      case 'installation':
        return await resources.installation({ orgId, stopping: null });
      case 'import':
        return await resources.importProgress({ orgId });
      case 'role':
        return await resources.role({ orgId, jobId: key, stopping: null, withRemoved: true });
      case 'interview':
        return await resources.interview({ orgId, interviewId: key, stopping: null });
      case 'command': {
        const doc = await readModel.command({ orgId, commandId: key, now: now() });
        return (
          doc && presentCommand({ commandId: key, outcome: storedOutcome({ doc }), requestId: key })
        );
      }
    }
  }

  return async (rows: ChangeDoc[]): Promise<Map<ChangeDoc, unknown>> => {
    const latest = new Map(rows.map((row) => [JSON.stringify([row.kind, row.key]), row]));
    const data = new Map<ChangeDoc, unknown>();
    for (const row of latest.values()) {
      const found = await resourceOf(row);
      // Gone by now, with the installation that it belonged to. An import that is gone has ended,
      // which is news.
      if (found !== null || row.kind === 'import') data.set(row, found);
    }
    return data;
  };
}
