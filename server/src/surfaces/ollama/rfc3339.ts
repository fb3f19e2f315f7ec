/** A moment as Ollama writes it: in UTC, with nanoseconds. Takes Unix seconds. */
export function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('Z', '000000Z')
}
