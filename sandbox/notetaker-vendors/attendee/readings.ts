import { type Answer, Refusal, type VendorCall } from '../answers.js';
import { spokenWords } from '../spoken-words.js';
import { botView, findBot } from './bot-calls.js';
import { stateOf } from './life.js';
import { normalizeLink } from './links.js';
import type { AttendeeBot, AttendeeCore } from './types.js';

const pageSize = 25;
const mediaMs = 30 * 60_000;

function matches(bot: AttendeeBot, query: URLSearchParams): boolean {
  const key = query.get('deduplication_key');
  const states = query.getAll('states');
  const url = query.get('meeting_url');
  const after = query.get('join_at_after');
  const before = query.get('join_at_before');
  return (
    (key === null || bot.deduplicationKey === key) &&
    (states.length === 0 || states.includes(stateOf(bot))) &&
    (url === null || bot.own.normalizedUrl === (normalizeLink(url) ?? url)) &&
    (after === null || (bot.joinAt !== null && bot.joinAt >= Date.parse(after))) &&
    (before === null || (bot.joinAt !== null && bot.joinAt <= Date.parse(before)))
  );
}

/** `GET /bots`: pages of 25, newest first; the cursor is opaque. */
export function listBots(core: AttendeeCore, call: VendorCall): Answer {
  const cursor = call.query.get('cursor');
  const before =
    cursor === null
      ? Number.POSITIVE_INFINITY
      : Number(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (Number.isNaN(before)) {
    throw new Refusal({ status: 404, body: { detail: 'Invalid cursor' } });
  }
  const found = core.bots
    .all()
    .filter((bot) => bot.endReason !== 'deleted' && bot.number < before && matches(bot, call.query))
    .toReversed();
  const page = found.slice(0, pageSize);
  const next = new URL(call.path, call.origin);
  for (const [name, value] of call.query) {
    next.searchParams.append(name, value);
  }
  const last = String(page.at(-1)?.number ?? '');
  next.searchParams.set('cursor', Buffer.from(last).toString('base64url'));
  return {
    status: 200,
    body: {
      next: found.length > page.length ? next.href : null,
      previous: null,
      results: page.map(botView),
    },
  };
}

const isErased = (bot: AttendeeBot) => bot.own.stateOverride === 'data_deleted';

/** `GET /bots/{id}/recording`. @throws {Refusal} 404 while there is no file */
export function readRecording(core: AttendeeCore, call: VendorCall): Answer {
  const bot = findBot(core, call);
  const isThere = bot.phase === 'ended' && bot.own.makesFile && !isErased(bot);
  if (bot.recordingStartedAt === null || !isThere) {
    throw new Refusal({ status: 404, body: { error: 'No recording file found for bot' } });
  }
  return {
    status: 200,
    body: {
      url: `${call.origin}/media/${bot.id}.mp4?expires=${Date.now() + mediaMs}`,
      start_timestamp_ms: bot.recordingStartedAt,
    },
  };
}

/** `GET /bots/{id}/transcript`: utterances, at times of the day. */
export function readTranscript(core: AttendeeCore, call: VendorCall): Answer {
  const bot = findBot(core, call);
  const startedAt = bot.recordingStartedAt;
  const after = call.query.get('updated_after');
  if (startedAt === null || isErased(bot) || (after && Date.parse(after) >= startedAt)) {
    return { status: 200, body: [] };
  }
  const names = [...new Set(spokenWords.map((said) => said.speaker))];
  return {
    status: 200,
    body: spokenWords.map((said) => ({
      speaker_name: said.speaker,
      speaker_uuid: `speaker-${names.indexOf(said.speaker)}`,
      speaker_user_uuid: null,
      speaker_is_host: names.indexOf(said.speaker) === 0,
      timestamp_ms: startedAt + said.startMs,
      duration_ms: said.endMs - said.startMs,
      transcription: { transcript: said.text },
    })),
  };
}

/** What a recording's link leads to. @throws {Refusal} 403 once it has expired */
export function readMedia(call: VendorCall): Answer {
  if (Date.now() > Number(call.query.get('expires'))) {
    throw new Refusal({ status: 403, html: '<Error><Code>AccessDenied</Code></Error>' });
  }
  return { status: 200, html: 'not really a film' };
}
