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
  type Operation,
  type ProviderAnswer,
  type ProviderOptions,
  readAnswer,
  segmentOf,
  unlessGone,
} from './provider-call.js';
import { isSameRoom, roomAddressOf } from './vexa-rooms.js';
import {
  errorSchema,
  listSchema,
  recordSchema,
  transcriptSchema,
  type VexaRecord,
} from './vexa-schemas.js';

/** It has no schedule of its own that we use: its bot goes when it is asked for. */
const requestLead = { earliestMs: 2 * 60_000, latestMs: 45_000 };
/** Asked for earlier than that, a bot would stand in the room of the meeting before. */
const earliestMs = requestLead.earliestMs + 60_000;
/** A process that is further off than that is not ready; so much may a new bot seem too old. */
const clockSkewMs = 2_000;
/** No bot lives longer: in a list that goes back in time, nothing live is behind it. */
const longestLifeMs = 24 * 3_600_000;
const pageSize = 100;

/**
 * Vexa, hosted or our own (`notetaker-providers` 3). It knows rooms, no keys and no metadata; a bot's
 * id is its record's. The key needs the scopes `bot` and `tx`.
 */
export function createVexaNotetaker(options: ProviderOptions): Notetaker {
  const call = createProviderCall({
    options,
    headers: { 'x-api-key': options.apiKey },
    classify,
  });

  function read(operation: Operation, path: string): Promise<ProviderAnswer | null> {
    return unlessGone(() => call({ operation, method: 'GET', path }));
  }

  async function getRecord(botId: string): Promise<VexaRecord | null> {
    // Ids are numbers; anything else would be another resource.
    if (!/^\d{1,20}$/.test(botId)) return null;
    const answer = await read('get', `/meetings/${botId}`);
    return answer && readAnswer({ schema: recordSchema, operation: 'get', answer });
  }

  async function get(botId: string): Promise<BotSnapshot | null> {
    return (await getRecord(botId))?.bot ?? null;
  }

  /** Records of the account; the walk ends early where the list goes back in time far enough. */
  async function* rows(platform: string | null): AsyncGenerator<VexaRecord> {
    for (let offset = 0; ; offset += pageSize) {
      const answer = await call({
        operation: 'list',
        method: 'GET',
        path: '/bots',
        query: Object.entries({
          limit: String(pageSize),
          offset: String(offset),
          exclude_planned: 'true',
          ...(platform === null ? {} : { platform }),
        }),
      });
      const page = readAnswer({ schema: listSchema, operation: 'list', answer });
      yield* page.rows;
      const more = page.hasMore ?? page.rows.length === pageSize;
      if (!more || page.rows.length === 0 || isBehindAllLive(page.rows)) return;
    }
  }

  return {
    capabilities: {
      provider: 'vexa',
      // 600 calls a minute from one address, and an hour's ban beyond: a request is one look into
      // the room, one create and the reading of what became of it.
      createPerMinute: 120,
      requestLead,
      frozenBeforeStartMs: null,
      keyScope: 'attempt',
      addressesRooms: true,
      carriesKeys: false,
      joins: new Set(['zoom', 'google_meet', 'microsoft_teams']),
    },

    async create(request) {
      const address = roomAddressOf(request.meetingUrl);
      const operation = 'create';
      if (address?.nativeId == null) {
        throw new NotetakerError({ kind: 'refused', operation, code: 'platform_unsupported' });
      }
      if (request.joinAt - Date.now() > earliestMs) {
        throw new NotetakerError({ kind: 'refused', operation, code: 'too_early' });
      }
      const answer = await call({
        operation,
        method: 'POST',
        path: '/bots',
        body: createBodyOf(request, address.platform),
        timeoutMs: request.timeoutMs,
      });
      const { bot } = readAnswer({ schema: recordSchema, operation, answer });
      return { botId: bot.botId };
    },

    // A bot that goes at once cannot be moved: another one is asked for.
    async move() {
      throw new NotetakerError({ kind: 'wrong_state', operation: 'move', code: 'not_movable' });
    },

    /**
     * Stops the room, so only while the room's one live record is this bot. A record of the past is
     * never deleted: that would erase what it recorded.
     */
    async remove({ botId }) {
      const record = await getRecord(botId);
      if (record === null) return null;
      const { bot, platform, nativeId } = record;
      if (isOutOfMeeting(bot) || bot.state === 'leaving') return bot;
      const operation = 'remove';
      const room = [platform, nativeId].map((part) => segmentOf({ operation, botId: part }));
      try {
        await call({ operation, method: 'DELETE', path: `/bots/${room.join('/')}` });
      } catch (error) {
        const isOver =
          error instanceof NotetakerError &&
          (error.kind === 'gone' || error.kind === 'wrong_state');
        if (!isOver) throw error;
      }
      return await get(botId);
    },

    get: ({ botId }) => get(botId),

    async findRequested({ meetingUrl, requestedAt }) {
      const address = roomAddressOf(meetingUrl);
      if (address === null) return null;
      let newest: BotSnapshot | null = null;
      for await (const record of rows(address.platform)) {
        const { bot } = record;
        const createdAt = bot.createdAt ?? 0;
        if (!isSameRoom(address, record) || createdAt < requestedAt - clockSkewMs) continue;
        // At most one of a room's records has not ended.
        if (bot.state !== 'ended') return await get(bot.botId);
        if (newest === null || createdAt > (newest.createdAt ?? 0)) newest = bot;
      }
      return newest && (await get(newest.botId));
    },

    async *listActive() {
      for await (const { bot } of rows(null)) {
        if (bot.state !== 'ended') yield bot;
      }
    },

    // Its files are read with the account's key; there is no link that could be handed to a reader.
    recording: async () => null,

    async transcript({ botId }) {
      if (!/^\d{1,20}$/.test(botId)) return null;
      const answer = await read('transcript', `/transcripts/by-id/${botId}`);
      if (answer === null) return null;
      const segments = readAnswer({ schema: transcriptSchema, operation: 'transcript', answer });
      return segments.length === 0 ? null : segments;
    },
  };
}

/** True for a page in descending order whose last row is older than any live bot. */
function isBehindAllLive(page: readonly VexaRecord[]): boolean {
  const times = page.map(({ bot }) => bot.createdAt);
  const isDescending = times.every((at, index) => {
    const before = times[index - 1];
    return at !== null && (before === undefined || (before !== null && before >= at));
  });
  return isDescending && (times.at(-1) ?? 0) < Date.now() - longestLifeMs;
}

function createBodyOf(request: CreateBotRequest, platform: string): object {
  const { meetingUrl, leaveAt, botName, record, transcribe } = request;
  return {
    platform,
    // The room's id and its passcode are taken from it; without it a Teams id becomes a wrong link.
    meeting_url: meetingUrl,
    bot_name: botName,
    recording_enabled: record,
    transcribe_enabled: transcribe,
    automatic_leave: {
      max_wait_for_admission: leaveAfterSeconds.waitingRoom * 1000,
      no_one_joined_timeout: leaveAfterSeconds.nobodyJoined * 1000,
      max_time_left_alone: leaveAfterSeconds.everyoneLeft * 1000,
      // Taken, though not yet passed on to the bot: the join itself takes it out at that time.
      ...(leaveAt === null
        ? {}
        : { max_bot_time: longestStaySeconds({ from: Date.now(), leaveAt }) * 1000 }),
    },
  };
}

const classify: Classify = ({ operation, status, json, retryAfterMs }) => {
  const parsed = errorSchema.safeParse(json);
  if (!parsed.success) return null;
  const detail = parsed.data;
  if (status === 429) {
    return retryAfterMs === null
      ? { kind: 'capacity', code: 'concurrent_bots' }
      : { kind: 'rate_limited' };
  }
  if (status === 403 && /service_not_allowed/.test(detail)) {
    return { kind: 'refused', code: 'service_not_allowed' };
  }
  // A documented divergence: the concurrency limit is answered with 403 by some releases.
  if (status === 403 && operation === 'create' && /concurren|limit/i.test(detail)) {
    return { kind: 'capacity', code: 'concurrent_bots' };
  }
  if (status === 401 || status === 403) return { kind: 'auth' };
  if (status === 422) return { kind: 'refused', code: 'invalid_request' };
  if (status === 409) {
    return operation === 'create'
      ? { kind: 'no_proof', code: 'room_has_bot' }
      : { kind: 'wrong_state' };
  }
  if (status === 404 && operation !== 'create') return { kind: 'gone' };
  if (status === 503 && operation === 'create' && /transcription/i.test(detail)) {
    return { kind: 'refused', code: 'transcription_not_configured' };
  }
  return { kind: 'no_proof' };
};
