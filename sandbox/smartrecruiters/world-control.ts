import { found, type Handlers } from './control-handlers.js';
import { type ControlInput, type ControlName, controlInputs } from './control-inputs.js';
import {
  createApplication,
  createCandidate,
  createCompany,
  createCredential,
  createInterview,
  createJob,
  createUser,
  makeTimeslot,
} from './create.js';
import { ControlError } from './errors.js';
import { randomIds as ids } from './ids.js';
import type { Interview, Job, Quirks, Timeslot } from './records.js';
import { seedCompany } from './seed.js';
import type { Simulation } from './simulation.js';
import type { WorldFile } from './state-file.js';
import type { Table } from './table.js';
import { type WatchHandlers, watchHandlers } from './watch-control.js';
import { type WebhookHandlers, webhookHandlers } from './webhook-control.js';

function slotOf(interview: Interview, timeslotId: string | undefined): Timeslot {
  const slot = interview.timeslots.find((row) => timeslotId === undefined || row.id === timeslotId);
  if (slot === undefined) throw new ControlError({ status: 404, message: 'No such timeslot' });
  return slot;
}

function mergeQuirks(quirks: Quirks, input: ControlInput<'setQuirks'>['quirks']): Quirks {
  return {
    omitApplicationId: input.omitApplicationId ?? quirks.omitApplicationId,
    hideUiInterviews: input.hideUiInterviews ?? quirks.hideUiInterviews,
    duplicateCandidates: input.duplicateCandidates ?? quirks.duplicateCandidates,
    unknownApplication: input.unknownApplication ?? quirks.unknownApplication,
  };
}

type WorldHandlers = Omit<Handlers, keyof WatchHandlers | keyof WebhookHandlers>;

function makeHandlers({ world, faults, statistics }: Simulation): WorldHandlers {
  const company = (id: string) => found(world.companies, id, 'company');
  const credential = (id: string) => found(world.credentials, id, 'credential');
  const job = (id: string) => found(world.jobs, id, 'job');
  const candidate = (id: string) => found(world.candidates, id, 'candidate');
  const application = (id: string) => found(world.applications, id, 'application');
  const scheduled = (id: string): Interview => {
    const interview = found(world.interviews, id, 'interview');
    if (interview.cancelledAt !== null) {
      throw new ControlError({ status: 409, message: 'The interview is cancelled' });
    }
    return interview;
  };
  function changed<Row>(row: Row): Row {
    world.changed();
    return row;
  }
  function updated(interview: Interview): Interview {
    world.interviewUpdated(interview);
    return interview;
  }
  function setJobStatus(row: Job, status: Job['status']): Job {
    world.setJobStatus(row, status);
    return row;
  }

  return {
    listCompanies: () => [...world.companies.values()],
    createCompany: (input) => createCompany({ world, ids, input }),
    setQuirks({ companyId, quirks }) {
      const row = company(companyId);
      row.quirks = mergeQuirks(row.quirks, quirks);
      return changed(row);
    },
    createCredential(input) {
      company(input.companyId);
      if (input.clientId !== undefined && world.credentials.has(input.clientId)) {
        throw new ControlError({ status: 409, message: 'The client id is taken' });
      }
      return createCredential({ world, ids, input });
    },
    createUser(input) {
      company(input.companyId);
      return createUser({ world, ids, input });
    },
    createJob(input) {
      company(input.companyId);
      return createJob({ world, ids, input });
    },
    createCandidate(input) {
      company(input.companyId);
      return createCandidate({ world, ids, input });
    },
    updateJob({ jobId, ...edit }) {
      const row = job(jobId);
      world.editJob(row, {
        title: edit.title ?? row.title,
        department: edit.department ?? row.department,
        city: edit.city ?? row.city,
      });
      return row;
    },
    updateCandidate({ candidateId, ...edit }) {
      const row = candidate(candidateId);
      world.editCandidate(row, {
        firstName: edit.firstName ?? row.firstName,
        lastName: edit.lastName ?? row.lastName,
        email: edit.email ?? row.email,
      });
      return row;
    },
    mergeCandidates({ candidateId, intoCandidateId, applicationIds }) {
      const [from, into] = [candidate(candidateId), candidate(intoCandidateId)];
      if (from === into || from.companyId !== into.companyId) {
        throw new ControlError({ status: 400, message: 'Two candidates of one company' });
      }
      const keeps = applicationIds === 'keep';
      world.mergeCandidates({ from, into, newId: ({ id }) => (keeps ? id : ids.uuid()) });
      return into;
    },
    deleteCandidate({ candidateId }) {
      world.removeCandidate(candidate(candidateId).id);
      return { done: true };
    },
    createApplication(input) {
      const { candidateId, jobId } = input;
      const { companyId } = candidate(candidateId);
      if (job(jobId).companyId !== companyId) {
        throw new ControlError({ status: 400, message: 'The job is of another company' });
      }
      if (world.application({ candidateId, jobId }) !== undefined) {
        throw new ControlError({
          status: 409,
          message: 'The candidate applied to this job before',
        });
      }
      return createApplication({ world, ids, input: { ...input, companyId } });
    },
    changeApplicationStatus({ applicationId, status, subStatus }) {
      const row = application(applicationId);
      world.changeApplicationStatus({ application: row, status, subStatus: subStatus ?? null });
      return row;
    },
    scheduleInterview({ applicationId, ...input }) {
      const row = application(applicationId);
      return createInterview({ world, ids, input: { ...input, application: row } });
    },
    moveInterview(input) {
      const interview = scheduled(input.interviewId);
      if ('byMinutes' in input) {
        const slots =
          input.timeslotId === undefined
            ? interview.timeslots
            : [slotOf(interview, input.timeslotId)];
        for (const slot of slots) {
          slot.startsAt += input.byMinutes * 60_000;
          slot.endsAt += input.byMinutes * 60_000;
        }
      } else {
        const slot = slotOf(interview, input.timeslotId);
        slot.startsAt = Date.parse(input.startsOn);
        slot.endsAt = Date.parse(input.endsOn);
      }
      return updated(interview);
    },
    changeLink({ interviewId, location }) {
      const interview = scheduled(interviewId);
      interview.location = location;
      return updated(interview);
    },
    cancelInterview({ interviewId }) {
      const interview = scheduled(interviewId);
      world.cancelInterview(interview);
      return interview;
    },
    addTimeslot({ interviewId, timeslot }) {
      const interview = scheduled(interviewId);
      interview.timeslots.push(makeTimeslot({ ids, input: timeslot }));
      return updated(interview);
    },
    removeTimeslot({ interviewId, timeslotId }) {
      const interview = scheduled(interviewId);
      const slot = slotOf(interview, timeslotId);
      if (interview.timeslots.length === 1) {
        throw new ControlError({ status: 409, message: 'It is the last timeslot' });
      }
      interview.timeslots = interview.timeslots.filter((row) => row !== slot);
      return updated(interview);
    },
    reply({ interviewId, timeslotId, userId, status }) {
      const interview = scheduled(interviewId);
      const slot = slotOf(interview, timeslotId);
      if (userId === undefined) {
        slot.candidateStatus = status;
        interview.candidateStatus = status;
        return updated(interview);
      }
      const interviewer = slot.interviewers.find((row) => row.id === userId);
      if (interviewer === undefined) {
        throw new ControlError({ status: 404, message: 'No such interviewer' });
      }
      interviewer.status = status;
      return updated(interview);
    },
    closeJob: ({ jobId, status }) => setJobStatus(job(jobId), status ?? 'FILLED'),
    reopenJob: ({ jobId, status }) => setJobStatus(job(jobId), status ?? 'SOURCING'),
    revokeScope({ clientId, scope }) {
      const row = credential(clientId);
      row.scopes = row.scopes.filter((name) => name !== scope);
      return changed(row);
    },
    restoreScope({ clientId, scope }) {
      const row = credential(clientId);
      row.scopes = [...new Set([...row.scopes, scope])];
      return changed(row);
    },
    revokeCredential({ clientId }) {
      const row = credential(clientId);
      row.active = false;
      return changed(row);
    },
    restoreCredential({ clientId }) {
      const row = credential(clientId);
      row.active = true;
      return changed(row);
    },
    injectFault: (input) => faults.inject(input),
    listFaults: () => faults.list(),
    clearFaults({ faultId }) {
      faults.clear(faultId);
      return { done: true };
    },
    statistics: ({ clientId }) => statistics.read({ clientId }),
    resetStatistics() {
      statistics.reset();
      return { done: true };
    },
    snapshot({ companyId }) {
      const mine = <Row extends { companyId: string }>(rows: Table<Row>): Row[] =>
        world.ofCompany(rows, companyId);
      return {
        company: company(companyId),
        credentials: mine(world.credentials),
        users: mine(world.users),
        jobs: mine(world.jobs),
        candidates: mine(world.candidates),
        applications: mine(world.applications),
        interviews: mine(world.interviews),
      };
    },
    seedCompany: (input) => seedCompany({ world, input }),
  };
}

/** Runs one control by name on untrusted input; what the HTTP routes and the page call. */
export type RunControl = (name: ControlName, input: unknown) => unknown;

export function createRunControl(options: {
  simulation: Simulation;
  stateFile: WorldFile;
}): RunControl {
  const { simulation, stateFile } = options;
  const complete: Handlers = {
    ...makeHandlers(simulation),
    ...watchHandlers(simulation),
    ...webhookHandlers(simulation),
  };
  const handlers = complete as Record<ControlName, (input: unknown) => unknown>;
  return (name, input) => {
    const parsed = controlInputs[name].safeParse(input ?? {});
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const where = issue?.path.join('.') ?? '';
      throw new ControlError({ status: 400, message: `${name}: ${where} ${issue?.message ?? ''}` });
    }
    const answer = handlers[name](parsed.data);
    stateFile.flush();
    // A copy, so that no caller holds a live record.
    return structuredClone(answer);
  };
}
