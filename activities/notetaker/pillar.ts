import { leaveAfterSeconds } from './leave-policy.js';
import { botListSchema, botSchema, problemSchema } from './pillar-schemas.js';
import type { BotSnapshot, CreateBotRequest, Notetaker } from './port.js';
import {
  type Classify,
  createProviderCall,
  type Operation,
  type ProviderAnswer,
  type ProviderOptions,
  pagesOf,
  readAnswer,
  segmentOf,
  unlessGone,
  unreadable,
} from './provider-call.js';

const pageSize = 100;

/** Pillar's own notetaker, by the contract in `docs/notetaker-contract.openapi.json`. */
export function createPillarNotetaker(options: ProviderOptions): Notetaker {
  const call = createProviderCall({
    options,
    headers: { authorization: `Bearer ${options.apiKey}` },
    classify,
  });

  const pathOf = (operation: Operation, botId: string) =>
    `/bots/${segmentOf({ operation, botId })}`;

  async function listPage(query: Record<string, string>) {
    const answer = await call({
      ...{ operation: 'list', method: 'GET', path: '/bots' },
      query: Object.entries(query),
    });
    return readAnswer({ schema: botListSchema, operation: 'list', answer });
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
      const operation = 'create';
      const { timeoutMs } = request;
      const body = createBodyOf(request);
      const answer = await call({ operation, method: 'POST', path: '/bots', body, timeoutMs });
      const bot = botOf(operation, answer);
      if (bot.key !== request.key) throw unreadable({ operation, status: answer.status });
      return { botId: bot.botId };
    },

    async move({ botId, joinAt, leaveAt, meetingUrl }) {
      const operation = 'move';
      const body = {
        ...(joinAt === undefined ? {} : { joinAt: new Date(joinAt).toISOString() }),
        ...(leaveAt === undefined ? {} : { leaveAt: isoOrNull(leaveAt) }),
        ...(meetingUrl === undefined ? {} : { meetingUrl }),
      };
      const path = pathOf(operation, botId);
      return botOf(operation, await call({ operation, method: 'PATCH', path, body }));
    },

    async remove({ botId }) {
      const operation = 'remove';
      const answer = await unlessGone(() =>
        call({ operation, method: 'DELETE', path: pathOf(operation, botId) }),
      );
      const bot = answer === null ? null : botSchema.safeParse(answer.json);
      return bot?.success ? bot.data : null;
    },

    async get({ botId }) {
      const operation = 'get';
      const answer = await unlessGone(() =>
        call({ operation, method: 'GET', path: pathOf(operation, botId) }),
      );
      return answer === null ? null : botOf(operation, answer);
    },

    async findRequested({ key }) {
      const page = await listPage({ key });
      return page.items.find((bot) => bot.key === key) ?? null;
    },

    // The contract has neither recordings nor transcripts: Pillar takes them from its bots itself.
    recording: async () => null,
    transcript: async () => null,

    listActive({ keyPrefix }) {
      return pagesOf(async (cursor) => {
        const { items, nextCursor } = await listPage({
          ...{ keyPrefix, active: 'true', limit: String(pageSize) },
          ...(cursor === null ? {} : { cursor }),
        });
        return { items, next: nextCursor };
      });
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

function botOf(operation: Operation, answer: ProviderAnswer): BotSnapshot {
  return readAnswer({ schema: botSchema, operation, answer });
}

/**
 * Only a problem of the contract whose status agrees with the one it came with is an answer *to this
 * request*; anything else may come from a proxy in between, after the request was taken.
 */
const classify: Classify = ({ operation, status, json }) => {
  const problem = problemSchema.safeParse(json);
  if (!problem.success || problem.data.status !== status) return null;
  const { code } = problem.data;
  if (status === 429) return { kind: 'rate_limited', code };
  if (status === 503 && code === 'capacity') return { kind: 'capacity', code };
  if (status === 401 || status === 403) return { kind: 'auth', code };
  // 408 and 425 say nothing about what was taken.
  if (status < 400 || status > 499 || status === 408 || status === 425) {
    return { kind: 'no_proof', code };
  }
  // A create that meets 409 met a bot of its key.
  if (operation === 'create') return { kind: status === 409 ? 'no_proof' : 'refused', code };
  if (status === 404 || status === 410) return { kind: 'gone', code };
  return { kind: status === 409 ? 'wrong_state' : 'refused', code };
};

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
