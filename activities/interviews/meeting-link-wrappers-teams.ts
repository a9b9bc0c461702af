import { z } from 'zod';
import type { LinkParts } from './meeting-link-shapes.js';
import { isTeamsHost } from './meeting-link-teams.js';

const coordinates = z.object({
  conversationId: z.string().regex(/^[\x21-\x7e]{1,400}$/),
  tenantId: z.string().regex(/^[0-9a-f-]{36}$/i),
  organizerId: z
    .string()
    .regex(/^[0-9a-f-]{36}$/i)
    .optional(),
  messageId: z
    .string()
    .regex(/^\d{1,20}$/)
    .default('0'),
});

/**
 * Pages of Teams that stand before a meeting and name it: the launcher, links behind a hash, and the
 * light client with its coordinates. The result stays on the same host.
 */
export function teamsTarget({ host, segments, query, fragment }: LinkParts): string | null {
  if (!isTeamsHost(host)) {
    return null;
  }
  const [first, second] = segments;
  if (first === 'dl' && second === 'launcher') {
    return pageOf(host, query.get('url') ?? '');
  }
  if (first === 'light-meetings' && second === 'launch') {
    return meetingAt(host, query.get('coords') ?? '');
  }
  const isShell =
    segments.length === 0 || (segments.length === 1 && /^(?:_|v2)$/.test(first ?? ''));
  return isShell ? pageOf(host, fragment) : null;
}

function pageOf(host: string, page: string): string | null {
  const path = page.replace(/^\/_#/, '');
  return path.startsWith('/') ? `https://${host}${path}` : null;
}

function meetingAt(host: string, coords: string): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(coords, 'base64').toString('utf8'));
  } catch {
    return null;
  }
  const found = coordinates.safeParse(parsed);
  if (!found.success) {
    return null;
  }
  const { conversationId, tenantId, organizerId, messageId } = found.data;
  const context = JSON.stringify({
    Tid: tenantId,
    ...(organizerId === undefined ? {} : { Oid: organizerId }),
  });
  const path = `${encodeURIComponent(conversationId)}/${messageId}`;
  return `https://${host}/l/meetup-join/${path}?context=${encodeURIComponent(context)}`;
}
