import {
  activeStates,
  botSchema,
  errorSchema,
  pageSchema,
  recordingSchema,
  segmentsOf,
  transcriptSchema,
} from './attendee-schemas.js';
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
  isRightVerb,
  namedInNext,
  type Operation,
  type ProviderAnswer,
  type ProviderOptions,
  pagesOf,
  readAnswer,
  segmentOf,
  unlessGone,
  type Verdict,
} from './provider-call.js';

/**
 * Bots are asked for without `join_at`, shortly before the start: such a bot is `joining` at once
 * and can be told to leave in every state. One with `join_at` is staged five minutes ahead and can
 * then be neither changed, deleted nor told to leave until it joins; it would be seen by people who
 * had turned it off. The price is a bot that waits up to two minutes at the door.
 */
const requestLead = { earliestMs: 2 * 60_000, latestMs: 60_000 };
/** Asked for earlier than that, a bot would stand in the room of the meeting before. */
const joinsAtOnceMs = requestLead.earliestMs + 60_000;

/** Attendee, hosted or our own (`notetaker-providers` 2). Its paths have no trailing slash. */
export function createAttendeeNotetaker(options: ProviderOptions): Notetaker {
  const call = createProviderCall({
    options,
    headers: { authorization: `Token ${options.apiKey}` },
    classify,
  });

  const pathOf = (operation: Operation, botId: string) =>
    `/bots/${segmentOf({ operation, botId })}`;

  function read(operation: Operation, botId: string, below = ''): Promise<ProviderAnswer | null> {
    return unlessGone(() =>
      call({ operation, method: 'GET', path: `${pathOf(operation, botId)}${below}` }),
    );
  }

  async function get(botId: string): Promise<BotSnapshot | null> {
    const answer = await read('get', botId);
    return answer && readAnswer({ schema: botSchema, operation: 'get', answer });
  }

  function list(query: [string, string][]): AsyncGenerator<BotSnapshot> {
    return pagesOf(async (cursor) => {
      const answer = await call({
        operation: 'list',
        method: 'GET',
        path: '/bots',
        query: cursor === null ? query : [...query, ['cursor', cursor]],
      });
      const { results, next } = readAnswer({ schema: pageSchema, operation: 'list', answer });
      return { items: results, next: namedInNext(next, 'cursor') };
    });
  }

  function tell(verb: 'delete' | 'leave', botId: string): Promise<boolean> {
    const operation = 'remove';
    return isRightVerb(() => {
      const path = pathOf(operation, botId);
      return verb === 'delete'
        ? call({ operation, method: 'DELETE', path })
        : call({ operation, method: 'POST', path: `${path}/leave` });
    });
  }

  return {
    capabilities: {
      provider: 'attendee',
      createPerMinute: 3000,
      requestLead,
      frozenBeforeStartMs: null,
      keyScope: 'room',
      addressesRooms: false,
      carriesKeys: true,
      joins: new Set(['zoom', 'google_meet', 'microsoft_teams']),
    },

    async create(request) {
      const answer = await call({
        operation: 'create',
        method: 'POST',
        path: '/bots',
        body: createBodyOf(request),
        timeoutMs: request.timeoutMs,
      });
      const { botId } = readAnswer({ schema: botSchema, operation: 'create', answer });
      return { botId };
    },

    async move({ botId, joinAt, meetingUrl }) {
      // Leave settings cannot be changed once the bot is made; when only they are to change, the bot
      // stays as it is and its join takes it out.
      if (joinAt === undefined && meetingUrl === undefined) {
        const bot = await get(botId);
        if (bot === null) throw new NotetakerError({ kind: 'gone', operation: 'move' });
        return bot;
      }
      const answer = await call({
        operation: 'move',
        method: 'PATCH',
        path: pathOf('move', botId),
        body: {
          ...(joinAt === undefined ? {} : { join_at: new Date(joinAt).toISOString() }),
          ...(meetingUrl === undefined ? {} : { meeting_url: meetingUrl }),
        },
      });
      return readAnswer({ schema: botSchema, operation: 'move', answer });
    },

    async remove({ botId }) {
      const bot = await get(botId);
      // Staged, it hears nothing until it joins: whoever asked comes again.
      if (
        bot === null ||
        isOutOfMeeting(bot) ||
        bot.state === 'leaving' ||
        bot.state === 'starting'
      ) {
        return bot;
      }
      const first = bot.state === 'scheduled' ? 'delete' : 'leave';
      if (!(await tell(first, botId))) {
        await tell(first === 'leave' ? 'delete' : 'leave', botId);
      }
      return await get(botId);
    },

    get: ({ botId }) => get(botId),

    // A room's key is on every bot that was ever sent there; at most one of them has not ended.
    async findRequested({ key }) {
      let newest: BotSnapshot | null = null;
      for await (const bot of list([['deduplication_key', key]])) {
        if (bot.key !== key) continue;
        if (bot.state !== 'ended') return bot;
        if (newest === null || (bot.createdAt ?? 0) >= (newest.createdAt ?? 0)) newest = bot;
      }
      return newest;
    },

    async *listActive({ keyPrefix }) {
      for await (const bot of list(activeStates.map((state) => ['states', state]))) {
        if (bot.state !== 'ended' && bot.key.startsWith(keyPrefix)) yield bot;
      }
    },

    async recording({ botId }) {
      const answer = await read('recording', botId, '/recording');
      if (answer === null) return null;
      const file = readAnswer({ schema: recordingSchema, operation: 'recording', answer });
      return { url: file.url, expiresAt: null, startedAt: file.start_timestamp_ms ?? null };
    },

    async transcript({ botId }) {
      const answer = await read('transcript', botId, '/transcript');
      if (answer === null) return null;
      const utterances = readAnswer({ schema: transcriptSchema, operation: 'transcript', answer });
      if (utterances.length === 0) return null;
      const file = await read('recording', botId, '/recording');
      const recording = recordingSchema.safeParse(file?.json);
      const startedAt = recording.success ? (recording.data.start_timestamp_ms ?? null) : null;
      return segmentsOf({ utterances, startedAt });
    },
  };
}

function createBodyOf(request: CreateBotRequest): object {
  const { key, meetingUrl, joinAt, leaveAt, botName, metadata, record, transcribe } = request;
  const now = Date.now();
  const atOnce = joinAt - now <= joinsAtOnceMs;
  const from = atOnce ? now : joinAt;
  return {
    meeting_url: meetingUrl,
    bot_name: plainName(botName),
    ...(atOnce ? {} : { join_at: new Date(joinAt).toISOString() }),
    deduplication_key: key,
    metadata,
    recording_settings: { format: record ? 'mp4' : 'none' },
    ...(transcribe ? { transcription_settings: { meeting_closed_captions: {} } } : {}),
    automatic_leave_settings: {
      waiting_room_timeout_seconds: leaveAfterSeconds.waitingRoom,
      wait_for_host_to_start_meeting_timeout_seconds: leaveAfterSeconds.nobodyJoined,
      // One setting for "nobody came" and "everyone left": the longer one, since a bot that is first
      // in the room must not leave before the interview has begun.
      only_participant_in_meeting_timeout_seconds: leaveAfterSeconds.nobodyJoined,
      silence_timeout_seconds: leaveAfterSeconds.silence,
      ...(leaveAt === null ? {} : { max_uptime_seconds: longestStaySeconds({ from, leaveAt }) }),
    },
  };
}

/** Characters above U+FFFF are refused by the API. */
function plainName(name: string): string {
  return name.replace(/[\u{10000}-\u{10ffff}]/gu, '').trim() || 'Notetaker';
}

/** Almost everything is 400; the text tells what it is, matched loosely. */
const texts: [RegExp, Verdict][] = [
  [/deduplication key already in use/i, { kind: 'no_proof', code: 'duplicate' }],
  [/maximum number of concurrent bots/i, { kind: 'capacity', code: 'concurrent_bots' }],
  [/run out of credits|out of credits/i, { kind: 'refused', code: 'out_of_credits' }],
  [/an error occurred while|error id/i, { kind: 'no_proof', code: 'provider_error' }],
  [/bot is in state|not allowed when bot is in/i, { kind: 'wrong_state', code: 'wrong_state' }],
  [/zoom app credentials/i, { kind: 'refused', code: 'zoom_credentials_missing' }],
];

const classify: Classify = ({ operation, status, json }) => {
  const parsed = errorSchema.safeParse(json);
  if (!parsed.success) return null;
  if (status === 429) return { kind: 'rate_limited' };
  if (status === 401 || status === 403) return { kind: 'auth' };
  if (status === 404 && operation !== 'create') return { kind: 'gone' };
  if (status === 405) return { kind: operation === 'create' ? 'refused' : 'wrong_state' };
  if (status !== 400) return { kind: 'no_proof' };
  const { text, fields } = parsed.data;
  const known = texts.find(([pattern]) => pattern.test(text))?.[1];
  const verdict = known ?? { kind: 'refused', code: fields ? 'invalid_request' : 'refused' };
  // Nothing a create meets can be a bot's state, and no other call makes a duplicate.
  return verdict.kind === 'wrong_state' && operation === 'create' ? { kind: 'no_proof' } : verdict;
};
