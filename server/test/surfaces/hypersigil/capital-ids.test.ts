import { expect, it, vi } from 'vitest'
import { isJsonObject } from '../../../src/platform/json.ts'
import { send, sendJson } from '../../support/http-request.ts'
import { HypersigilStage } from './stage.ts'

it('The id of a delivery or a job is the same in capitals', async () => {
  await using stage = await HypersigilStage.open('sqlite')
  const { url } = stage.app
  const idIn = (text: string, name: string): string => {
    const { data }: { data?: unknown } = JSON.parse(text)
    const [first]: unknown[] = Array.isArray(Object(data).data) ? Object(data).data : [data]
    return isJsonObject(first) ? String(first[name]) : ''
  }
  const job = { type: 'webhook-delivery', data: { url: 'http://127.0.0.1:9/' } }
  const path = '/api/v1/jobs/single/trigger'
  expect((await sendJson(url, { method: 'POST', path, value: { job } })).status).toBe(201)
  const list = await vi.waitFor(async () => {
    const { text } = await send(url, { path: '/api/v1/webhook-deliveries?status=failed' })
    expect(idIn(text, 'id')).toMatch(/^[\da-f-]{36}$/u)
    return text
  }, 10_000)
  const [id, jobId] = [idIn(list, 'id'), idIn(list, 'jobId')]
  const read = async (way: string, method = 'GET') => {
    const { status, text } = await send(url, { method, path: `/api/v1/${way}` })
    return [status, idIn(text, 'id')]
  }
  expect(await read(`webhook-deliveries/${id.toUpperCase()}`)).toEqual([200, id])
  expect(await read(`jobs/${jobId.toUpperCase()}`)).toEqual([200, jobId])
  expect((await read(`jobs/${jobId.toUpperCase()}/logs`))[0]).toBe(200)
  expect(await read(`jobs/${jobId.toUpperCase()}/retry`, 'POST')).toEqual([200, jobId])
  expect((await read(`webhook-deliveries/${id.toUpperCase()}/replay`, 'POST'))[0]).toBe(201)
})
