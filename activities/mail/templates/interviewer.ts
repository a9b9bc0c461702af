import { htmlPage, type MailTemplate, textFooter, whenHtml, whenText } from './layout.js';

const admitText = `What to do:
When "{{notetakerName}}" asks to join, admit it from the waiting room or lobby. Until then it waits outside and nothing is {{captured}}. If it should not be there, leave it outside or remove it like any participant.`;

const admitHtml = `<h2 style="font-size:18px;margin:24px 0 8px">What to do</h2>
<p style="margin:0">When <strong>{{notetakerName}}</strong> asks to join, admit it from the waiting room or lobby. Until then it waits outside and nothing is {{captured}}. If it should not be there, leave it outside or remove it like any participant.</p>`;

const ownWordText = `{{#if notThisOneUrl}}
Not this interview? Keep the notetaker out of it: {{notThisOneUrl}}
{{/if}}
{{#if optOutUrl}}
Never in your interviews? Say so once: {{optOutUrl}}
{{/if}}`;

const ownWordHtml = `{{#if notThisOneUrl}}
<h2 style="font-size:18px;margin:24px 0 8px">If you do not want it there</h2>
<p style="margin:0 0 8px"><a href="{{notThisOneUrl}}" style="color:#0b5394">Not this interview: keep the notetaker out of it</a></p>
{{/if}}
{{#if optOutUrl}}
<p style="margin:0"><a href="{{optOutUrl}}" style="color:#0b5394">Never in my interviews</a></p>
{{/if}}`;

export const interviewerNotice: MailTemplate = {
  subject: 'Please admit {{notetakerName}}{{#if jobTitle}}: interview for {{jobTitle}}{{/if}}',
  text: `Hello{{#if name}} {{name}}{{/if}},

{{notetakerName}} will join your interview{{#if jobTitle}} for {{jobTitle}}{{/if}}, so that it is {{captured}} for {{organization}}.

${whenText}

${admitText}

${ownWordText}
${textFooter}`,
  html: htmlPage({
    heading: 'Please admit {{notetakerName}}',
    body: `<p style="margin:0">Hello{{#if name}} {{name}}{{/if}},</p>
<p style="margin:8px 0 0">{{notetakerName}} will join your interview{{#if jobTitle}} for {{jobTitle}}{{/if}}, so that it is {{captured}} for {{organization}}.</p>
${whenHtml}
${admitHtml}
${ownWordHtml}`,
  }),
};

export const interviewerChange: MailTemplate = {
  subject: 'Changed interview with {{notetakerName}}{{#if jobTitle}}: {{jobTitle}}{{/if}}',
  text: `Hello{{#if name}} {{name}}{{/if}},

the time or place of your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} has changed. {{notetakerName}} will join at the new time.

${whenText}

${admitText}

${ownWordText}
${textFooter}`,
  html: htmlPage({
    heading: 'Your interview with {{notetakerName}} has changed',
    body: `<p style="margin:0">Hello{{#if name}} {{name}}{{/if}},</p>
<p style="margin:8px 0 0">the time or place of your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} has changed. {{notetakerName}} will join at the new time.</p>
${whenHtml}
${admitHtml}
${ownWordHtml}`,
  }),
};

export const interviewerAdmit: MailTemplate = {
  subject:
    '{{#if isWaiting}}{{notetakerName}} is waiting: please let it in{{else}}Soon: please admit {{notetakerName}}{{/if}}{{#if jobTitle}} ({{jobTitle}}){{/if}}',
  text: `Hello{{#if name}} {{name}}{{/if}},

{{#if isWaiting}}
{{notetakerName}} has been waiting outside your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} for a minute. Nothing is {{captured}} until somebody lets it in.
{{else}}
your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} begins soon. {{notetakerName}} will ask to join it.
{{/if}}

${whenText}

${admitText}

${ownWordText}
${textFooter}`,
  html: htmlPage({
    heading:
      '{{#if isWaiting}}{{notetakerName}} is waiting to be let in{{else}}Please admit {{notetakerName}}{{/if}}',
    body: `<p style="margin:0">Hello{{#if name}} {{name}}{{/if}},</p>
{{#if isWaiting}}
<p style="margin:8px 0 0">{{notetakerName}} has been waiting outside your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} for a minute. Nothing is {{captured}} until somebody lets it in.</p>
{{else}}
<p style="margin:8px 0 0">your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} begins soon. {{notetakerName}} will ask to join it.</p>
{{/if}}
${whenHtml}
${admitHtml}
${ownWordHtml}`,
  }),
};
