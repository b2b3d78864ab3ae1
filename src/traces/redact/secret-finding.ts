/** Where a secret stands in a text: characters [start, end), and what kind it is ('github-token'). */
export interface SecretFinding {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  /** The secret itself, where the text holds another form of it (escaped, encoded). */
  readonly secret?: string;
}
