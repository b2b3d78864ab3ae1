/** What the runner of a GitHub Enterprise Server tells the step, without what may be left out. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  INPUT_TOKEN: 'ghs_token',
  GITHUB_REPOSITORY: 'octo/agent',
  GITHUB_API_URL: 'https://github.example/api/v3',
  GITHUB_SERVER_URL: 'https://github.example',
  GITHUB_EVENT_NAME: 'workflow_dispatch',
  GITHUB_EVENT_PATH: '/runner/event.json',
  GITHUB_RUN_ID: '77',
  GITHUB_OUTPUT: '/runner/output',
  GITHUB_STEP_SUMMARY: '/runner/summary',
  GITHUB_STATE: '/runner/state',
  RUNNER_TEMP: '/runner/temp',
};
