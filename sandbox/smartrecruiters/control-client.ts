import { controlFrom, type SmartRecruitersControl } from './control.js';

/**
 * The controls of a simulator that runs somewhere else, over HTTP.
 * Rejects with the simulator's message when it refuses.
 */
export function createSmartRecruitersControlClient(options: {
  url: string;
}): SmartRecruitersControl {
  return controlFrom(async (name, input) => {
    const response = await fetch(new URL(`/_control/${name}`, options.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(input),
    });
    const body: unknown = await response.json();
    if (response.ok) return body;
    const { message } = body as { message?: string };
    throw new Error(message ?? `The simulator answered ${response.status}`);
  });
}
