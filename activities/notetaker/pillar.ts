import { type HttpOutcome, requestJson } from './http.js';
import { leaveAfterSeconds } from './leave-policy.js';
import { botListSchema, botSchema, problemSchema } from './pillar-schemas.js';
import {
  type BotSnapshot,
  type CreateBotRequest,
  type Notetaker,
  NotetakerError,
  type NotetakerErrorKind,
} from './port.js';

export interface PillarNotetakerOptions {
  /** NOTETAKER_API_URL, with its version path. */
  apiUrl: string;
  /** NOTETAKER_API_KEY. */
  apiKey: string;
  /** For every call except `create`, which brings its own. */
  callTimeoutMs?: number | undefined;
}

type Operation = 'create' | 'move' | 'remove' | 'get' | 'list';
type Answer = Extract<HttpOutcome, { kind: 'answer' }>;

const defaultCallTimeoutMs = 15_000;
const pageSize = 100;

/** Pillar's own notetaker, by the contract in `docs/notetaker-contract.openapi.json`. */
export function createPillarNotetaker({
  apiUrl,
  apiKey,
  callTimeoutMs = defaultCallTimeoutMs,
}: PillarNotetakerOptions): Notetaker {
  const bots = `${apiUrl.replace(/\/*$/, '')}/bots`;

  async function call(input: {
    operation: Operation;
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
    botId?: string;
    query?: Record<string, string>;
    body?: object;
    timeoutMs?: number;
  }): Promise<Answer> {
    const { operation, method, botId, query, body, timeoutMs = callTimeoutMs } = input;
    const path = botId === undefined ? bots : `${bots}/${segmentOf({ operation, botId })}`;
    const url = query === undefined ? path : `${path}?${new URLSearchParams(query).toString()}`;
    const outcome = await requestJson({
      method,
      url: new URL(url),
      headers: { authorization: `Bearer ${apiKey}` },
      body,
      timeoutMs,
    });
    if (outcome.kind === 'answer' && outcome.status >= 200 && outcome.status < 300) {
      return outcome;
    }
    throw errorOf({ operation, outcome });
  }

  const callOrNull = (input: Parameters<typeof call>[0]) => call(input).catch(nullWhenGone);

  function listPage(query: Record<string, string>) {
    return call({ operation: 'list', method: 'GET', query }).then(({ json, status }) => {
      const page = botListSchema.safeParse(json);
      if (!page.success) {
        throw unreadable({ operation: 'list', status });
      }
      return page.data;
    });
  }

  return {
    capabilities: {
      provider: 'pillar',
      createPerMinute: 600,
      requestLead: { earliestMs: 8 * 60_000, latestMs: 2 * 60_000 },
      frozenBeforeStartMs: null,
      keyScope: 'attempt',
      addressesRooms: false,
      carriesKeys: true,
      joins: new Set(['zoom', 'google_meet', 'microsoft_teams', 'webex', 'other']),
    },

    async create(request) {
      const answer = await call({
        operation: 'create',
        method: 'POST',
        body: createBodyOf(request),
        timeoutMs: request.timeoutMs,
      });
      const bot = botOf({ operation: 'create', answer });
      if (bot.key !== request.key) {
        throw unreadable({ operation: 'create', status: answer.status });
      }
      return { botId: bot.botId };
    },

    async move({ botId, joinAt, leaveAt, meetingUrl }) {
      const answer = await call({
        operation: 'move',
        method: 'PATCH',
        botId,
        body: {
          ...(joinAt === undefined ? {} : { joinAt: new Date(joinAt).toISOString() }),
          ...(leaveAt === undefined ? {} : { leaveAt: isoOrNull(leaveAt) }),
          ...(meetingUrl === undefined ? {} : { meetingUrl }),
        },
      });
      return botOf({ operation: 'move', answer });
    },

    async remove({ botId }) {
      const answer = await callOrNull({ operation: 'remove', method: 'DELETE', botId });
      const bot = answer === null ? null : botSchema.safeParse(answer.json);
      return bot?.success ? bot.data : null;
    },

    async get({ botId }) {
      const answer = await callOrNull({ operation: 'get', method: 'GET', botId });
      return answer === null ? null : botOf({ operation: 'get', answer });
    },

    async findRequested({ key }) {
      const page = await listPage({ key });
      return page.items.find((bot) => bot.key === key) ?? null;
    },

    // The contract has neither recordings nor transcripts: Pillar takes them from its bots itself.
    recording: async () => null,
    transcript: async () => null,

    async *listActive({ keyPrefix }) {
      const seen = new Set<string>();
      let cursor: string | null = null;
      do {
        const page: { items: BotSnapshot[]; nextCursor: string | null } = await listPage({
          keyPrefix,
          active: 'true',
          limit: String(pageSize),
          ...(cursor === null ? {} : { cursor }),
        });
        yield* page.items;
        cursor = page.nextCursor;
        if (cursor !== null && seen.has(cursor)) {
          throw new NotetakerError({ kind: 'unavailable', operation: 'list', why: 'pages repeat' });
        }
        seen.add(cursor ?? '');
      } while (cursor !== null);
    },
  };
}

function createBodyOf(request: CreateBotRequest): object {
  const { key, meetingUrl, joinAt, leaveAt, botName, metadata, record, transcribe } = request;
  return {
    key,
    meetingUrl,
    joinAt: new Date(joinAt).toISOString(),
    ...(leaveAt === null ? {} : { leaveAt: new Date(leaveAt).toISOString() }),
    botName,
    metadata,
    recording: { record, transcribe },
    automaticLeave: {
      waitingRoomSeconds: leaveAfterSeconds.waitingRoom,
      noOneJoinedSeconds: leaveAfterSeconds.nobodyJoined,
      everyoneLeftSeconds: leaveAfterSeconds.everyoneLeft,
      meetingNotStartedSeconds: leaveAfterSeconds.nobodyJoined,
    },
  };
}

function segmentOf({ operation, botId }: { operation: Operation; botId: string }): string {
  // Dots survive the escaping and would lead to the collection.
  if (/^\.*$/.test(botId)) {
    throw new NotetakerError({ kind: 'gone', operation, why: 'no bot id' });
  }
  return encodeURIComponent(botId);
}

function botOf({ operation, answer }: { operation: Operation; answer: Answer }): BotSnapshot {
  const bot = botSchema.safeParse(answer.json);
  if (!bot.success) {
    throw unreadable({ operation, status: answer.status });
  }
  return bot.data;
}

function unreadable({ operation, status }: { operation: Operation; status: number }) {
  return new NotetakerError({
    kind: kindWithoutProof(operation),
    operation,
    status,
    why: 'unreadable answer',
  });
}

/**
 * Only a problem of the contract whose status agrees with the one it came with is an answer *to this
 * request*; anything else may come from a proxy in between, after the request was taken.
 */
function errorOf({
  operation,
  outcome,
}: {
  operation: Operation;
  outcome: HttpOutcome;
}): NotetakerError {
  if (outcome.kind === 'no_answer') {
    return new NotetakerError({ kind: kindWithoutProof(operation), operation, why: outcome.why });
  }
  const { status } = outcome;
  if (outcome.kind === 'unusable') {
    return new NotetakerError({
      kind: kindWithoutProof(operation),
      operation,
      status,
      why: outcome.why,
    });
  }
  const problem = problemSchema.safeParse(outcome.json);
  if (!problem.success || problem.data.status !== status) {
    return unreadable({ operation, status });
  }
  const { code } = problem.data;
  const kind = kindOfProblem({ operation, status, code });
  return new NotetakerError({ kind, operation, status, code, retryAfterMs: outcome.retryAfterMs });
}

function kindOfProblem({
  operation,
  status,
  code,
}: {
  operation: Operation;
  status: number;
  code: string;
}): NotetakerErrorKind {
  if (status === 429) {
    return 'rate_limited';
  }
  if (status === 503 && code === 'capacity') {
    return 'capacity';
  }
  if (status === 401 || status === 403) {
    return 'auth';
  }
  // A create that meets 409 met a bot of its key; 408 and 425 say nothing about what was taken.
  if (status < 400 || status > 499 || status === 408 || status === 425) {
    return kindWithoutProof(operation);
  }
  if (operation === 'create') {
    return status === 409 ? 'unknown_outcome' : 'refused';
  }
  return status === 404 || status === 410 ? 'gone' : status === 409 ? 'wrong_state' : 'refused';
}

function kindWithoutProof(operation: Operation): NotetakerErrorKind {
  return operation === 'create' ? 'unknown_outcome' : 'unavailable';
}

function nullWhenGone(error: unknown): null {
  if (error instanceof NotetakerError && error.kind === 'gone') {
    return null;
  }
  throw error;
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
