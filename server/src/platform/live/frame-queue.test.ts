import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameQueue } from './frame-queue.ts'

function drain(queue: FrameQueue): (string | number)[] {
  const seen: (string | number)[] = []
  for (let head = queue.take(); head !== undefined; head = queue.take()) {
    seen.push('missed' in head ? head.missed : head.frame.toString())
  }
  return seen
}

function fill(queue: FrameQueue, frames: readonly string[]): void {
  for (const frame of frames) queue.add(Buffer.from(frame), 0)
}

describe('a frame queue', () => {
  it('gives frames in order', () => {
    const queue = new FrameQueue({ maxMessages: 3, maxBytes: 100 })
    fill(queue, ['a', 'b', 'c'])
    expect(drain(queue)).toEqual(['a', 'b', 'c'])
    expect(queue).toMatchObject({ isEmpty: true, bytes: 0, messages: 0 })
  })

  it('drops the oldest past the number of messages and says how many', () => {
    const queue = new FrameQueue({ maxMessages: 2, maxBytes: 100 })
    fill(queue, ['a', 'b', 'c', 'd', 'e'])
    expect(drain(queue)).toEqual([3, 'd', 'e'])
  })

  it('drops the oldest past the bytes, those held elsewhere included', () => {
    const queue = new FrameQueue({ maxMessages: 100, maxBytes: 10 })
    fill(queue, ['aaaa', 'bbbb'])
    queue.add(Buffer.from('cccc'), 2)
    expect(drain(queue)).toEqual([1, 'bbbb', 'cccc'])
  })

  it('drops a frame that could not fit and says so in its place', () => {
    const queue = new FrameQueue({ maxMessages: 100, maxBytes: 10 })
    fill(queue, ['a', 'x'.repeat(11), 'b', 'y'.repeat(11)])
    expect(drain(queue)).toEqual(['a', 1, 'b', 1])
  })

  it('joins losses that come to stand next to each other', () => {
    const queue = new FrameQueue({ maxMessages: 2, maxBytes: 10 })
    fill(queue, ['a', 'x'.repeat(11), 'b', 'c', 'd'])
    expect(drain(queue)).toEqual([3, 'c', 'd'])
  })

  it('loses count of nothing and stays within its limits', () => {
    const step = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant('take' as const))
    const limits = { maxMessages: 5, maxBytes: 100 }
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new FrameQueue(limits)
        let added = 0
        let next = 0
        let isInOrder = true
        const take = (): boolean => {
          const head = queue.take()
          if (head === undefined) return false
          if ('missed' in head) {
            next += head.missed
          } else {
            isInOrder &&= head.frame.readUInt32LE() === next
            next += 1
          }
          return true
        }
        for (const action of steps) {
          if (action === 'take') {
            take()
            continue
          }
          const frame = Buffer.alloc(action + 4)
          frame.writeUInt32LE(added++)
          queue.add(frame, 0)
          expect(queue.messages).toBeLessThanOrEqual(limits.maxMessages)
          expect(queue.bytes).toBeLessThanOrEqual(limits.maxBytes)
        }
        while (take());
        expect(isInOrder).toBe(true)
        expect(next).toBe(added)
      }),
    )
  })
})
