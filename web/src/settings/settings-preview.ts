import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { InterviewsPreview } from '../../../workflows/contracts/load-estimate.js';
import type { SettingsPatch } from '../../../workflows/contracts/settings.js';
import { keys } from '../api/cache.js';
import { useApi } from '../api/context.js';
import type { ApiProblem } from '../api/problem.js';

/** What a change would do to the interviews ahead; asked for while there is one, anew each time. */
export function useInterviewsPreview(
  patch: SettingsPatch | null,
): UseQueryResult<InterviewsPreview, ApiProblem> {
  const { client } = useApi();
  const path = '/settings/preview';
  return useQuery<InterviewsPreview, ApiProblem>({
    queryKey: [...keys.preview(path, patch), 'interviews'],
    queryFn: async () =>
      (await client.ask<{ interviews: InterviewsPreview }>(path, patch)).interviews,
    enabled: patch !== null,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
}
