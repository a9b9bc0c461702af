import { parseUrl } from '../../common/parse-url.js';
import { requestJson } from './http.js';
import { leaveAfterSeconds, longestStaySeconds } from './leave-policy.js';
import {
  type BotSnapshot,
  type CreateBotRequest,
  isOutOfMeeting,
  type Notetaker,
  NotetakerError,
} from './port.js';
import {
  type Classify,
  createProviderCall,
  defaultCallTimeoutMs,
  isRightVerb,
  namedInNext,
  type Operation,
  type ProviderAnswer,
  type ProviderOptions,
  pagesOf,
  readAnswer,
  segmentOf,
  unlessGone,
  unreadable,
} from './provider-call.js';
import {
  botSchema,
  errorSchema,
  keyInMetadata,
  mediaSchema,
  pageSchema,
  transcriptSchema,
} from './recall-schemas.js';

/** Below this a bot is taken from a shared pool and can no longer be deleted, only told to leave. */
const scheduledLeadMs = 10 * 60_000;
/** One hour of words with their times is about 2 MB. */
const largestTranscriptBytes = 32 * 1024 * 1024;

/** What is active, in the order in which a bot passes through. */
const activeStatuses = [
  'ready',
  'joining_call',
  'in_waiting_room',
  'in_call_not_recording',
  'recording_permission_allowed',
  'recording_permission_denied',
  'in_call_recording',
];

/** Recall.ai (`notetaker-providers` 1). The region is in the base URL; keys hold in one region only. */
export function createRecallNotetaker(options: ProviderOptions): Notetaker {
  const { apiUrl, apiKey } = options;
  const call = createProviderCall({
    options,
    headers: { authorization: `Token ${apiKey}` },
    classify,
  });

  /** The trailing slash belongs to every path. */
  const pathOf = (operation: Operation, botId: string) =>
    `/bot/${segmentOf({ operation, botId })}/`;

  async function get(botId: string): Promise<BotSnapshot | null> {
    const answer = await getAnswer('get', botId);
    return answer && readAnswer({ schema: botSchema, operation: 'get', answer });
  }

  function getAnswer(operation: Operation, botId: string): Promise<ProviderAnswer | null> {
    return unlessGone(() => call({ operation, method: 'GET', path: pathOf(operation, botId) }));
  }

  /** `next` is never followed: only the page that it names is. */
  function list(query: Record<string, string>): AsyncGenerator<BotSnapshot> {
    return pagesOf(async (page) => {
      const answer = await call({
        operation: 'list',
        method: 'GET',
        path: '/bot/',
        query: Object.entries({ ...query, ...(page === null ? {} : { page }) }),
      });
      const { results, next } = readAnswer({ schema: pageSchema, operation: 'list', answer });
      return { items: results, next: namedInNext(next, 'page') };
    });
  }

  function tell(verb: 'delete' | 'leave', botId: string): Promise<boolean> {
    const operation = 'remove';
    return isRightVerb(() => {
      const path = pathOf(operation, botId);
      return verb === 'delete'
        ? call({ operation, method: 'DELETE', path })
        : call({ operation, method: 'POST', path: `${path}leave_call/` });
    });
  }

  return {
    capabilities: {
      provider: 'recall',
      createPerMinute: 60,
      // More than ten minutes ahead a bot gets a machine of its own; in every state one verb works.
      requestLead: { earliestMs: 20 * 60_000, latestMs: 12 * 60_000 },
      frozenBeforeStartMs: null,
      keyScope: 'attempt',
      addressesRooms: false,
      carriesKeys: true,
      joins: new Set(['zoom', 'google_meet', 'microsoft_teams', 'webex']),
    },

    async create(request) {
      const answer = await call({
        operation: 'create',
        method: 'POST',
        path: '/bot/',
        headers: { 'idempotency-key': request.key },
        body: createBodyOf(request),
        timeoutMs: request.timeoutMs,
      });
      const bot = readAnswer({ schema: botSchema, operation: 'create', answer });
      if (bot.key !== '' && bot.key !== request.key) {
        throw unreadable({ operation: 'create', status: answer.status });
      }
      return { botId: bot.botId };
    },

    async move({ botId, joinAt, leaveAt, meetingUrl }) {
      const answer = await call({
        operation: 'move',
        method: 'PATCH',
        path: pathOf('move', botId),
        body: {
          ...(joinAt === undefined ? {} : { join_at: new Date(joinAt).toISOString() }),
          ...(leaveAt === undefined
            ? {}
            : { automatic_leave: automaticLeave({ joinAt: joinAt ?? Date.now(), leaveAt }) }),
          ...(meetingUrl === undefined ? {} : { meeting_url: meetingUrl }),
        },
      });
      return readAnswer({ schema: botSchema, operation: 'move', answer });
    },

    async remove({ botId }) {
      const bot = await get(botId);
      if (bot === null || isOutOfMeeting(bot)) return bot;
      const far =
        bot.state === 'scheduled' &&
        bot.joinAt !== null &&
        bot.joinAt - Date.now() > scheduledLeadMs;
      const first = far ? 'delete' : 'leave';
      const told =
        (await tell(first, botId)) || (await tell(first === 'leave' ? 'delete' : 'leave', botId));
      const after = await get(botId);
      if (after === null || !told || isOutOfMeeting(after)) return after;
      return { ...after, state: 'leaving' };
    },

    get: ({ botId }) => get(botId),

    async findRequested({ key }) {
      let newest: BotSnapshot | null = null;
      for await (const bot of list({ [`metadata__${keyInMetadata}`]: key })) {
        if (bot.key !== key) continue;
        if (newest === null || (bot.createdAt ?? 0) >= (newest.createdAt ?? 0)) newest = bot;
      }
      return newest;
    },

    // By status, because a list without one holds every bot that ever was. Scheduled ones first: a
    // bot that starts meanwhile is met further on.
    async *listActive({ keyPrefix }) {
      const seen = new Set<string>();
      const justBefore = new Date(Date.now() - 3_600_000).toISOString();
      const queries = [
        { join_at_after: justBefore },
        ...activeStatuses.map((status) => ({ status })),
      ];
      for (const query of queries) {
        for await (const bot of list(query)) {
          if (seen.has(bot.botId) || bot.state === 'ended' || !bot.key.startsWith(keyPrefix)) {
            continue;
          }
          seen.add(bot.botId);
          yield bot;
        }
      }
    },

    async recording({ botId }) {
      const answer = await getAnswer('recording', botId);
      if (answer === null) return null;
      const recordings = readAnswer({ schema: mediaSchema, operation: 'recording', answer });
      const ready = recordings.findLast(({ videoUrl }) => videoUrl !== null);
      if (ready?.videoUrl == null) return null;
      // `expires_at` is the recording's own end, not that of the signed link.
      return { url: ready.videoUrl, expiresAt: null, startedAt: ready.startedAt };
    },

    async transcript({ botId }) {
      const answer = await getAnswer('transcript', botId);
      if (answer === null) return null;
      const recordings = readAnswer({ schema: mediaSchema, operation: 'transcript', answer });
      const ready = recordings.findLast(({ transcriptUrl }) => transcriptUrl !== null);
      if (ready?.transcriptUrl == null) return null;
      return await download({ url: ready.transcriptUrl, apiUrl, options });
    },
  };
}

/** The signed link is fetched without our key, over https, or from the API's own host. */
async function download(input: { url: string; apiUrl: string; options: ProviderOptions }) {
  const { url, apiUrl, options } = input;
  const operation = 'transcript';
  const target = parseUrl(url);
  const isTrusted = target?.protocol === 'https:' || target?.origin === new URL(apiUrl).origin;
  if (!isTrusted) {
    throw new NotetakerError({ kind: 'unavailable', operation, why: 'link is not https' });
  }
  const outcome = await requestJson({
    method: 'GET',
    url: new URL(url),
    headers: {},
    timeoutMs: options.callTimeoutMs ?? defaultCallTimeoutMs,
    largestBytes: largestTranscriptBytes,
    anyType: true,
  });
  if (outcome.kind !== 'answer' || outcome.status !== 200) {
    const why = outcome.kind === 'answer' ? 'file was refused' : outcome.why;
    throw new NotetakerError({ kind: 'unavailable', operation, why });
  }
  return readAnswer({ schema: transcriptSchema, operation, answer: outcome });
}

function createBodyOf(request: CreateBotRequest): object {
  const { key, meetingUrl, joinAt, leaveAt, botName, metadata, record, transcribe } = request;
  return {
    meeting_url: meetingUrl,
    bot_name: botName,
    // A time that is past means at once, as none does.
    ...(joinAt > Date.now() ? { join_at: new Date(joinAt).toISOString() } : {}),
    metadata: { ...metadata, [keyInMetadata]: key },
    automatic_leave: automaticLeave({ joinAt: Math.max(joinAt, Date.now()), leaveAt }),
    recording_config: {
      // An empty room is not recorded, so that what is recorded proves that somebody came.
      start_recording_on: 'participant_join',
      ...(record ? {} : { video_mixed_mp4: null }),
      // The meeting's own captions: named speakers, and ready when the call ends.
      ...(transcribe ? { transcript: { provider: { meeting_captions: {} } } } : {}),
    },
  };
}

function automaticLeave({ joinAt, leaveAt }: { joinAt: number; leaveAt: number | null }): object {
  return {
    waiting_room_timeout: leaveAfterSeconds.waitingRoom,
    noone_joined_timeout: leaveAfterSeconds.nobodyJoined,
    everyone_left_timeout: { timeout: leaveAfterSeconds.everyoneLeft, activate_after: 0 },
    silence_detection: { timeout: leaveAfterSeconds.silence, activate_after: 20 * 60 },
    ...(leaveAt === null
      ? {}
      : { in_call_recording_timeout: longestStaySeconds({ from: joinAt, leaveAt }) }),
  };
}

const classify: Classify = ({ operation, status, json }) => {
  const parsed = errorSchema.safeParse(json);
  if (!parsed.success) return null;
  const { code = null } = parsed.data;
  const named = code === null ? {} : { code: code.slice(0, 64) };
  if (status === 429) return { kind: 'rate_limited', ...named };
  if (status === 507) return { kind: 'capacity', ...named };
  if (status === 401 || status === 403) return { kind: 'auth', ...named };
  if (status === 402) return { kind: 'refused', code: 'out_of_credits' };
  // The same key is being worked on: its bot is found by its key, if there is one.
  if (status === 409)
    return { kind: operation === 'create' ? 'no_proof' : 'wrong_state', ...named };
  if (operation === 'create') {
    return status === 400 || status === 422 ? { kind: 'refused', ...named } : { kind: 'no_proof' };
  }
  if (status === 404) return { kind: 'gone', ...named };
  if (status === 405) return { kind: 'wrong_state', ...named };
  if (status === 400) {
    const isState = /^cannot_command_|^update_bot_failed$/.test(code ?? '') || hasStarted(json);
    return { kind: isState ? 'wrong_state' : 'refused', ...named };
  }
  return { kind: 'no_proof' };
};

/** "…without join call task": a change of a bot that is dispatched already. */
function hasStarted(json: unknown): boolean {
  return /without join call task/i.test(JSON.stringify(json));
}
