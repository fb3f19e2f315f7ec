/**
 * The chunks as text; U+FFFD for what is no UTF-8. After `limitBytes` the rest is neither read nor
 * waited for, and a character cut in two is left out.
 */
export async function readText(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<string> {
  const decoder = new TextDecoder()
  let left = limitBytes
  let text = ''
  for await (const chunk of chunks) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true })
    left -= chunk.byteLength
    if (left <= 0) return text
  }
  return text + decoder.decode()
}
