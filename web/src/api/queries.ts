import {
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { LoadEstimate } from '../../../workflows/contracts/load-estimate.js';
import type { SettingsPatch } from '../../../workflows/contracts/settings.js';
import { rememberReceipt } from '../uninstall/remembered-receipt.js';
import {
  type InterviewListName,
  keys,
  type List,
  newerInstallation,
  newerItems,
  storeInstallation,
  storeInterview,
  storeRole,
} from './cache.js';
import { useApi } from './context.js';
import type { ApiProblem } from './problem.js';
import { mergeSettings } from './settings-merge.js';
import type {
  CatalogueJob,
  ChoiceAction,
  Installation,
  Interview,
  Job,
  JobRole,
  Page,
  Receipt,
  UninstallAnswer,
} from './types.js';

const dayMs = 24 * 60 * 60 * 1000;

export function useInstallation(): UseQueryResult<Installation, ApiProblem> {
  const { client } = useApi();
  const cache = useQueryClient();
  return useQuery<Installation, ApiProblem>({
    queryKey: keys.installation,
    queryFn: async () =>
      newerInstallation(
        await client.get<Installation>('/'),
        cache.getQueryData<Installation>(keys.installation),
      ),
    // Events carry the news, but no event says that time passes: how fresh the data is has to be
    // asked for, and the counts with it.
    refetchInterval: (query) => {
      const state = query.state.data?.state;
      return state === 'validating' || state === 'uninstalling' ? 4_000 : 10_000;
    },
  });
}

/** All roles: the toggles of jobs and the titles that interviews are shown with. */
export function useRoles(): UseQueryResult<List<JobRole>, ApiProblem> {
  const { client } = useApi();
  const cache = useQueryClient();
  return useQuery<List<JobRole>, ApiProblem>({
    queryKey: keys.roles,
    queryFn: async () =>
      newerItems(
        await client.list<JobRole>('/roles', {}, 50),
        cache.getQueryData<List<JobRole>>(keys.roles),
        'jobId',
      ),
  });
}

export function useJobs(search: string) {
  const { client } = useApi();
  return useInfiniteQuery<
    Page<CatalogueJob>,
    ApiProblem,
    CatalogueJob[],
    readonly string[],
    string | undefined
  >({
    queryKey: keys.jobsMatching(search),
    queryFn: ({ pageParam }) =>
      client.get<Page<CatalogueJob>>('/jobs', { q: search, limit: 50, cursor: pageParam }),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.items),
    placeholderData: (previous) => previous,
  });
}

/** Upcoming: from now on, 30 days. Recent: the last 7 days. */
export function useInterviews(
  list: InterviewListName,
): UseQueryResult<List<Interview>, ApiProblem> {
  const { client } = useApi();
  const cache = useQueryClient();
  return useQuery<List<Interview>, ApiProblem>({
    queryKey: keys.interviewList(list),
    queryFn: async () => {
      const now = Date.now();
      const range =
        list === 'upcoming'
          ? { from: now - dayMs / 4, to: now + 30 * dayMs }
          : { from: now - 7 * dayMs, to: now };
      return newerItems(
        await client.list<Interview>('/interviews', range, 10),
        cache.getQueryData<List<Interview>>(keys.interviewList(list)),
        'interviewId',
      );
    },
  });
}

export function useInterview(interviewId: string): UseQueryResult<Interview, ApiProblem> {
  const { client } = useApi();
  return useQuery<Interview, ApiProblem>({
    queryKey: keys.interview(interviewId),
    queryFn: () => client.get<Interview>(`/interviews/${encodeURIComponent(interviewId)}`),
  });
}

export function useReceipt(receiptId: string): UseQueryResult<Receipt, ApiProblem> {
  const { client } = useApi();
  return useQuery<Receipt, ApiProblem>({
    queryKey: keys.receipt(receiptId),
    queryFn: () => client.get<Receipt>(`/receipts/${encodeURIComponent(receiptId)}`),
    refetchInterval: (query) => (query.state.data?.state === 'completed' ? false : 4_000),
  });
}

/** A command on the whole installation; its answer, or a new reading, goes into the cache. */
export function useInstallationCommand<T = void>(
  command: (input: T) => { method: 'PUT' | 'POST'; path: string; body?: unknown },
) {
  const { client } = useApi();
  const cache = useQueryClient();
  return useMutation<Installation | null, ApiProblem, T>({
    mutationFn: (input) => client.send<Installation>(command(input)),
    onSuccess: (installation) => {
      if (installation !== null) storeInstallation(cache, installation);
      return cache.invalidateQueries({ queryKey: keys.installation });
    },
  });
}

/** Changes settings at once on the page, and back again when the API refuses. */
export function useSettingsChange() {
  const { client } = useApi();
  const cache = useQueryClient();
  return useMutation<
    Installation | null,
    ApiProblem,
    SettingsPatch,
    { before: Installation | undefined }
  >({
    scope: { id: 'settings' },
    mutationFn: (patch) => {
      const version = cache.getQueryData<Installation>(keys.installation)?.version;
      return client.send<Installation>({
        method: 'PATCH',
        path: '/settings',
        body: patch,
        ...(version === undefined ? {} : { ifVersion: version }),
      });
    },
    onMutate: async (patch) => {
      await cache.cancelQueries({ queryKey: keys.installation });
      const before = cache.getQueryData<Installation>(keys.installation);
      if (before !== undefined) {
        cache.setQueryData(keys.installation, mergeSettings(before, patch));
      }
      return { before };
    },
    onError: (_problem, _patch, context) => {
      if (context?.before !== undefined) cache.setQueryData(keys.installation, context.before);
      void cache.invalidateQueries({ queryKey: keys.installation });
    },
    onSuccess: (installation) => {
      if (installation === null) void cache.invalidateQueries({ queryKey: keys.installation });
      else storeInstallation(cache, installation);
      void cache.invalidateQueries({ queryKey: keys.roles });
      void cache.invalidateQueries({ queryKey: keys.interviews });
    },
  });
}

/** What a change would mean for what has to be read; asked for while `enabled`. */
export function useLoadPreview(input: {
  path: '/settings/preview' | '/roles/bulk/preview';
  body: unknown;
  enabled: boolean;
}): UseQueryResult<LoadEstimate, ApiProblem> {
  const { client } = useApi();
  const { path, body, enabled } = input;
  return useQuery<LoadEstimate, ApiProblem>({
    queryKey: keys.preview(path, body),
    queryFn: async () => (await client.ask<{ load: LoadEstimate }>(path, body)).load,
    enabled,
    retry: false,
  });
}

export interface RolesChange {
  jobIds: string[];
  enabled: boolean;
  scheduled: 'include' | 'exclude';
}

/** Turns many jobs on or off with one command. */
export function useRolesChange() {
  const { client } = useApi();
  const cache = useQueryClient();
  return useMutation<unknown, ApiProblem, RolesChange>({
    mutationFn: ({ jobIds, enabled, scheduled }) =>
      client.send({
        method: 'POST',
        path: '/roles/bulk',
        body: { jobIds, enabled, ...(enabled ? { scheduled } : {}) },
      }),
    onSettled: () => {
      void cache.invalidateQueries({ queryKey: keys.roles });
      void cache.invalidateQueries({ queryKey: keys.interviews });
      void cache.invalidateQueries({ queryKey: keys.installation });
    },
  });
}

export interface RoleChange {
  job: Job;
  enabled: boolean;
  scheduled?: 'include' | 'exclude';
}

/** Turns a job on or off; the toggle moves at once and back when the API refuses. */
export function useRoleChange() {
  const { client } = useApi();
  const cache = useQueryClient();
  return useMutation<JobRole | null, ApiProblem, RoleChange, { before: List<JobRole> | undefined }>(
    {
      mutationFn: ({ job, enabled, scheduled }) =>
        client.send<JobRole>({
          method: 'PUT',
          path: `/roles/${encodeURIComponent(job.jobId)}`,
          body: { enabled, ...(scheduled === undefined ? {} : { scheduled }) },
        }),
      onMutate: async ({ job, enabled }) => {
        await cache.cancelQueries({ queryKey: keys.roles });
        const before = cache.getQueryData<List<JobRole>>(keys.roles);
        const known = before?.items.find((role) => role.jobId === job.jobId);
        storeRole(cache, { ...(known ?? unknownRole(job)), enabled });
        return { before };
      },
      onError: (_problem, _change, context) => {
        if (context?.before !== undefined) cache.setQueryData(keys.roles, context.before);
      },
      onSuccess: (role) => {
        if (role !== null) storeRole(cache, role);
      },
      onSettled: () => {
        void cache.invalidateQueries({ queryKey: keys.roles });
        void cache.invalidateQueries({ queryKey: keys.interviews });
        void cache.invalidateQueries({ queryKey: keys.installation });
      },
    },
  );
}

function unknownRole(job: Job): JobRole {
  return {
    ...job,
    enabled: false,
    scheduled: 'include',
    upcomingInterviews: 0,
    stopping: [],
    enabledAt: null,
    enabledBy: null,
    version: 0,
  };
}

export interface Choice {
  interviewId: string;
  action: ChoiceAction;
  reason: string;
  link: string;
}

export function useChoice() {
  const { client } = useApi();
  const cache = useQueryClient();
  return useMutation<Interview | null, ApiProblem, Choice>({
    mutationFn: ({ interviewId, action, reason, link }) =>
      client.send<Interview>({
        method: 'POST',
        path: `/interviews/${encodeURIComponent(interviewId)}/${action}`,
        body: {
          ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
          ...(link.trim() === '' ? {} : { link: link.trim() }),
        },
      }),
    onSuccess: (interview, { interviewId }) => {
      if (interview !== null) storeInterview(cache, interview);
      else void cache.invalidateQueries({ queryKey: keys.interviews });
      void cache.invalidateQueries({ queryKey: keys.interview(interviewId) });
    },
  });
}

export function useUninstall() {
  const { client, identity } = useApi();
  const cache = useQueryClient();
  return useMutation<UninstallAnswer | null, ApiProblem, void>({
    mutationFn: () =>
      client.send<UninstallAnswer>({
        method: 'DELETE',
        path: '/',
        fromCommand: ({ receiptId, stopping }) => ({ state: 'uninstalling', receiptId, stopping }),
      }),
    // Not left to whoever asked: the event of the uninstall may take its form off the page first.
    onSuccess: (answer) => {
      const receiptId = answer?.receiptId ?? null;
      if (receiptId !== null) rememberReceipt({ orgId: identity.orgId, receiptId });
    },
    onSettled: () => cache.invalidateQueries({ queryKey: keys.installation }),
  });
}
