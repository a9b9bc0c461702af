import express, { type Request, Router } from 'express';
import type { ScriptState } from '../control.js';
import type { ControlName } from '../control-inputs.js';
import { ControlError } from '../errors.js';
import {
  type PageCompany,
  type PageInterview,
  type PageJob,
  type PageView,
  renderPage,
} from '../page-template.js';
import type { Company, Interview, Job } from '../records.js';
import type { Simulation } from '../simulation.js';
import type { World } from '../world.js';
import type { RunControl } from '../world-control.js';

const mostApplicationsOffered = 50;

function showTime(options: { at: number; timezone: string }): string {
  const { at, timezone: timeZone } = options;
  return new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone,
  }).format(at);
}

function nameOf(person: { firstName: string; lastName: string } | undefined): string {
  return person === undefined ? 'somebody' : `${person.firstName} ${person.lastName}`;
}

function viewInterview(world: World, interview: Interview): PageInterview {
  const { timezone } = interview;
  return {
    id: interview.id,
    candidate: nameOf(world.candidates.get(interview.candidateId)),
    location: interview.location ?? '',
    source: interview.source,
    cancelled: interview.cancelledAt !== null,
    timeslots: interview.timeslots.map((slot) => ({
      when: `${showTime({ at: slot.startsAt, timezone })} to ${showTime({ at: slot.endsAt, timezone })} (${timezone})`,
      title: slot.title ?? '',
      interviewers: slot.interviewers
        .map(({ id, status }) => `${nameOf(world.users.get(id))} (${status})`)
        .join(', '),
      past: slot.endsAt < world.now(),
    })),
  };
}

function viewJob(world: World, job: Job): PageJob {
  const applications = world.applicationsOfJob(job.id);
  const interviews = applications
    .flatMap((row) => world.interviewsOf(row.id))
    .toSorted((one, other) => firstStart(one) - firstStart(other));
  return {
    id: job.id,
    title: job.title,
    place: `${job.department}, ${job.city}`,
    status: job.status,
    open: job.status !== 'FILLED' && job.status !== 'CANCELLED',
    candidateCount: applications.length,
    interviews: interviews.map((interview) => viewInterview(world, interview)),
    applications: applications.slice(0, mostApplicationsOffered).map((row) => ({
      id: row.id,
      label: `${nameOf(world.candidates.get(row.candidateId))} (${row.status})`,
    })),
  };
}

function firstStart(interview: Interview): number {
  return Math.min(...interview.timeslots.map((slot) => slot.startsAt));
}

function showScript(state: ScriptState | null): string | null {
  if (state === null) return null;
  const { schedule, move, cancel, reply } = state.counts;
  const until =
    state.state === 'running' ? `until ${new Date(state.endsAt).toISOString()}` : state.state;
  return `Script ${until}: ${schedule} scheduled, ${move} moved, ${cancel} cancelled, ${reply} replies`;
}

function viewCompany(simulation: Simulation, company: Company): PageCompany {
  const { world, scripts } = simulation;
  return {
    id: company.id,
    name: company.name,
    credentials: world.ofCompany(world.credentials, company.id).map((credential) => ({
      clientId: credential.clientId,
      clientSecret: credential.clientSecret,
      scopeCount: credential.scopes.length,
      active: credential.active,
    })),
    webhooks: world.ofCompany(world.subscriptions, company.id).map((row) => ({
      id: row.id,
      url: row.callbackUrl,
      status: row.status,
      eventCount: row.events.length,
      active: row.status === 'active',
    })),
    script: showScript(scripts.state(company.id)),
    jobs: world.ofCompany(world.jobs, company.id).map((job) => viewJob(world, job)),
  };
}

type Form = Partial<
  Record<
    | 'interviewId'
    | 'jobId'
    | 'applicationId'
    | 'subscriptionId'
    | 'location'
    | 'byMinutes'
    | 'inMinutes'
    | 'minutes',
    string
  >
>;

/** What each form of the page asks for, as a control and its input. */
function readForm(options: { action: unknown; form: Form; now: number }): {
  control: ControlName;
  input: unknown;
} {
  const { action, form, now } = options;
  const { interviewId, jobId, applicationId } = form;
  const location = form.location === '' ? null : form.location;
  switch (action) {
    case 'move':
      return {
        control: 'moveInterview',
        input: { interviewId, byMinutes: Number(form.byMinutes) },
      };
    case 'change-link':
      return { control: 'changeLink', input: { interviewId, location } };
    case 'cancel':
      return { control: 'cancelInterview', input: { interviewId } };
    case 'close-job':
      return { control: 'closeJob', input: { jobId } };
    case 'reopen-job':
      return { control: 'reopenJob', input: { jobId } };
    case 'suspend':
      return { control: 'suspend', input: { subscriptionId: form.subscriptionId } };
    case 'schedule': {
      const startsAt = now + Number(form.inMinutes) * 60_000;
      const endsAt = startsAt + Number(form.minutes) * 60_000;
      if (!Number.isFinite(endsAt)) {
        throw new ControlError({ status: 400, message: 'Minutes must be numbers' });
      }
      return {
        control: 'scheduleInterview',
        input: {
          applicationId,
          location,
          timeslots: [
            { startsOn: new Date(startsAt).toISOString(), endsOn: new Date(endsAt).toISOString() },
          ],
        },
      };
    }
    default:
      throw new ControlError({ status: 404, message: 'No such action' });
  }
}

/** The page for a person: companies, jobs, interviews, with forms that act and come back. */
export function pageRoutes(options: { simulation: Simulation; runControl: RunControl }): Router {
  const { simulation, runControl } = options;
  const { world, statistics } = simulation;
  const router = Router();

  function view(problem: string | null): PageView {
    const { count, rateLimitedCount } = statistics.read({ clientId: undefined });
    return {
      companies: [...world.companies.values()].map((company) => viewCompany(simulation, company)),
      requestCount: count,
      rateLimitedCount,
      problem,
    };
  }

  router.get('/_control/', (_request, response) => {
    response.type('html').send(renderPage(view(null)));
  });

  router.post(
    '/_control/page/:action',
    express.urlencoded({ extended: false }),
    (request: Request, response) => {
      try {
        const form = (request.body ?? {}) as Form;
        const { control, input } = readForm({
          action: request.params.action,
          form,
          now: world.now(),
        });
        runControl(control, input);
        response.redirect(303, '/_control/');
      } catch (error) {
        if (!(error instanceof ControlError)) throw error;
        response
          .status(error.status)
          .type('html')
          .send(renderPage(view(error.message)));
      }
    },
  );

  return router;
}
