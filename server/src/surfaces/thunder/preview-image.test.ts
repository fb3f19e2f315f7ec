import { describe, expect, it } from 'vitest'
import type { Job, Workroom } from '../../platform/threads/workroom.ts'
import { PreviewImages } from './preview-image.ts'
import { drawLog, drawSvg } from './preview-jobs.ts'
import { playgroundPreviewSvg } from './preview-svg.ts'

const documentOf = (value: object) =>
  new TextEncoder().encode(JSON.stringify({ more: 1, ...value }).slice(1))

function sizeOf(png: Uint8Array) {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  const signature = Buffer.from(png.subarray(1, 4)).toString()
  return { signature, width: view.getUint32(16), height: view.getUint32(20) }
}

const full = { signature: 'PNG', width: 1200, height: 628 }

describe('Drawing a preview', () => {
  it('gives a PNG of 1200 by 628, whatever the log says', async () => {
    const control = '\u0000\u0001\u001b\ud800 & <b> ]]> " \u{1F511} \uffff'
    const told = {
      model_id: control,
      user_prompt: control.repeat(50),
      final_text: control.repeat(500),
      actions: [{ action_type: 'ForceTokens', payload: { tokens_as_text: [control] } }],
    }
    expect(sizeOf(await drawLog.run({ rest: documentOf(told) }))).toEqual(full)
    expect(sizeOf(await drawLog.run({ rest: documentOf({}) }))).toEqual(full)
    expect(sizeOf(await drawSvg.run({ svg: playgroundPreviewSvg() }))).toEqual(full)
  })

  it('writes the words into it', async () => {
    const rest = (text: string) => ({ rest: documentOf({ model_id: 'm', final_text: text }) })
    const [empty, said] = [await drawLog.run(rest('')), await drawLog.run(rest('Seven of nine'))]
    expect(said.length).toBeGreaterThan(empty.length + 500)
  })
})

/** Counts what is drawn, and finishes when it is told to. */
class SlowWorkroom implements Pick<Workroom, 'run'> {
  readonly waiting: PromiseWithResolvers<Uint8Array>[] = []

  run<I, O>(_job: Job<I, O>): Promise<O> {
    const drawing = Promise.withResolvers<Uint8Array>()
    this.waiting.push(drawing)
    return drawing.promise as Promise<unknown> as Promise<O>
  }
}

describe('Kept previews', () => {
  const rest = new Uint8Array()

  it('are drawn once for all who ask for the same state, and again for another', async () => {
    const workroom = new SlowWorkroom()
    const images = new PreviewImages(workroom)
    const asked = [images.ofLog('1:1', rest), images.ofLog('1:1', rest), images.ofLog('1:2', rest)]
    expect(workroom.waiting).toHaveLength(2)
    for (const drawing of workroom.waiting) drawing.resolve(rest)
    await Promise.all(asked)
    await images.ofLog('1:1', rest)
    expect(workroom.waiting).toHaveLength(2)
  })

  it('are not kept when drawing failed', async () => {
    const workroom = new SlowWorkroom()
    const images = new PreviewImages(workroom)
    const asked = images.ofLog('1:1', rest)
    workroom.waiting[0]?.reject(new Error('no font'))
    await expect(asked).rejects.toThrow('no font')
    void images.ofLog('1:1', rest)
    expect(workroom.waiting).toHaveLength(2)
  })

  it('are refused while sixteen are being drawn', async () => {
    const workroom = new SlowWorkroom()
    const images = new PreviewImages(workroom)
    const asked = Array.from({ length: 16 }, (_, at) => images.ofLog(`${at}`, rest))
    await expect(images.ofLog('more', rest)).rejects.toEqual(
      expect.objectContaining({ code: 'unavailable' }),
    )
    for (const drawing of workroom.waiting) drawing.resolve(rest)
    await Promise.all(asked)
    const more = images.ofLog('more', rest)
    workroom.waiting.at(-1)?.resolve(rest)
    expect(await more).toBe(rest)
  })

  it('are the last 64', async () => {
    const workroom = new SlowWorkroom()
    const images = new PreviewImages(workroom)
    for (let at = 0; at < 65; at += 1) {
      const asked = images.ofLog(`${at}`, rest)
      workroom.waiting.at(-1)?.resolve(rest)
      await asked
    }
    await images.ofLog('1', rest)
    expect(workroom.waiting).toHaveLength(65)
    void images.ofLog('0', rest)
    expect(workroom.waiting).toHaveLength(66)
  })
})
