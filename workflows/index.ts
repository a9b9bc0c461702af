export { auditor } from './auditor.js';
export { fetchArtifact } from './fetch-artifact.js';
export { installation } from './installation.js';
export { interviewWatch } from './interview-watch.js';
export { joinInterview } from './join-interview.js';
