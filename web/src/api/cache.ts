import type { QueryClient } from '@tanstack/react-query';
import type { ServerEvent } from './events.js';
import type { ImportProgress, Installation, Interview, JobRole } from './types.js';

export const keys = {
  installation: ['installation'] as const,
  roles: ['roles'] as const,
  jobs: ['jobs'] as const,
  jobsMatching: (search: string) => ['jobs', search] as const,
  interviews: ['interviews'] as const,
  interviewList: (list: InterviewListName) => ['interviews', list] as const,
  interview: (interviewId: string) => ['interview', interviewId] as const,
  preview: (path: string, body: unknown) => ['preview', path, body] as const,
  receipts: ['receipt'] as const,
  receipt: (receiptId: string) => ['receipt', receiptId] as const,
};

export type InterviewListName = 'upcoming' | 'recent';
export interface List<T> {
  items: T[];
  truncated: boolean;
}

/** Puts one event of the stream where the page shows it. */
export function applyEvent(cache: QueryClient, event: ServerEvent): void {
  if (event.type === 'reset') {
    void cache.invalidateQueries();
    return;
  }
  const resource: unknown = JSON.parse(event.data);
  if (event.type === 'installation') storeInstallation(cache, resource as Installation);
  else if (event.type === 'role') storeRole(cache, resource as JobRole);
  else if (event.type === 'interview') storeInterview(cache, resource as Interview);
  else if (event.type === 'import') storeImport(cache, resource as ImportProgress | null);
}

/** An older version never replaces a newer one. */
export function storeInstallation(cache: QueryClient, installation: Installation): void {
  const before = cache.getQueryData<Installation>(keys.installation);
  if (newerInstallation(installation, before) !== installation) return;
  cache.setQueryData(keys.installation, installation);
  if (before === undefined || before.state === installation.state) return;
  void cache.invalidateQueries({ queryKey: keys.receipts });
  for (const queryKey of [keys.roles, keys.jobs, keys.interviews]) {
    // Versions begin anew with a new connection: nothing of the old one may look newer.
    if (installation.state === 'not_installed') cache.removeQueries({ queryKey });
    else void cache.invalidateQueries({ queryKey });
  }
}

/** A reading and an event cross each other: the one with the higher version holds. */
export function newerInstallation(
  next: Installation,
  held: Installation | undefined,
): Installation {
  if (held === undefined) return next;
  const otherLife = held.state === 'not_installed' || next.state === 'not_installed';
  return otherLife || next.version >= held.version ? next : held;
}

/** The same for the items of a list that was read while events came in. */
export function newerItems<T extends { version: number }, K extends keyof T>(
  next: List<T>,
  held: List<T> | undefined,
  key: K,
): List<T> {
  const heldById = new Map(held?.items.map((item) => [item[key], item]));
  const items = next.items.map((item) => {
    const other = heldById.get(item[key]);
    return other !== undefined && other.version > item.version ? other : item;
  });
  return { ...next, items };
}

export function storeRole(cache: QueryClient, role: JobRole): void {
  cache.setQueryData<List<JobRole>>(keys.roles, (list) =>
    list === undefined ? list : { ...list, items: upsert(list.items, role, 'jobId') },
  );
}

export function storeInterview(cache: QueryClient, interview: Interview): void {
  const home: InterviewListName = interview.endsAt > Date.now() ? 'upcoming' : 'recent';
  for (const name of ['upcoming', 'recent'] as const) {
    cache.setQueryData<List<Interview>>(keys.interviewList(name), (list) => {
      if (list === undefined) return list;
      const known = list.items.some((item) => item.interviewId === interview.interviewId);
      if (!known && name !== home) return list;
      return { ...list, items: upsert(list.items, interview, 'interviewId') };
    });
  }
  const detail = cache.getQueryData<Interview>(keys.interview(interview.interviewId));
  if (detail === undefined) return;
  if (interview.version >= detail.version) {
    const timeline = interview.timeline ?? detail.timeline;
    cache.setQueryData(keys.interview(interview.interviewId), {
      ...interview,
      ...(timeline === undefined ? {} : { timeline }),
    });
  }
  void cache.invalidateQueries({ queryKey: keys.interview(interview.interviewId) });
}

/** null: everything was read. */
function storeImport(cache: QueryClient, progress: ImportProgress | null): void {
  cache.setQueryData<Installation>(keys.installation, (installation) =>
    installation === undefined ? installation : { ...installation, import: progress },
  );
}

function upsert<T extends { version: number }, K extends keyof T>(
  items: T[],
  next: T,
  key: K,
): T[] {
  const at = items.findIndex((item) => item[key] === next[key]);
  const before = items[at];
  if (before === undefined) return [...items, next];
  return before.version > next.version ? items : items.with(at, next);
}
