import type { LinkProvider } from '../../common/read-model/documents.js';

/** A meeting room: `identity` names it without host and passcode, `url` is its canonical https link. */
export interface MeetingRoom {
  provider: LinkProvider;
  url: string;
  identity: string;
  /** Whether the notetaker can be sent there. */
  joinable: boolean;
}

/** A link taken apart; `host` in lower case, `segments` still escaped. */
export interface LinkParts {
  host: string;
  segments: string[];
  query: Map<string, string>;
}

/** Null: not the link of a room. */
export type ShapeRule = (parts: LinkParts) => MeetingRoom | null;

/**
 * Value of a passcode or token as it goes into a canonical link: null when it is absent, undefined
 * when it ends in punctuation of the sentence around it or contains what no provider writes.
 */
export function secretOf({
  query,
  name,
}: {
  query: Map<string, string>;
  name: string;
}): string | null | undefined {
  const value = query.get(name);
  if (value === undefined || value === '') {
    return null;
  }
  return /^[A-Za-z0-9._~=+/-]{0,299}[A-Za-z0-9_~=+/-]$/.test(value) ? value : undefined;
}

/** `?a=1&b=2` of what is not null, in the given order. */
export function queryText(entries: [string, string | null][]): string {
  const kept = entries.flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

/** A name of a person's room or of a meeting: no escapes, does not end in a full stop. */
export function isRoomName(segment: string | undefined): segment is string {
  return (
    segment !== undefined && /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9_-])?$/.test(segment)
  );
}

/** Percent-decodes once; null for malformed escapes. */
export function decodeOnce(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
