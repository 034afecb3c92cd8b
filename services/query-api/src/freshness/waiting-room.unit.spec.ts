import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { waitingRoom } from './waiting-room.js';

const openRoom = () => {
  const clock = manualClock();
  const room = waitingRoom(clock, { patienceMs: 2_000, most: 4, mostPerUser: 2 });
  return { clock, room };
};

describe('the waiting room', () => {
  it('ends a wait after its patience, not before', async () => {
    const { clock, room } = openRoom();
    const ended: string[] = [];
    room.enter('u1').onExpiry(() => ended.push('one'));
    await clock.advance(500);
    room.enter('u1').onExpiry(() => ended.push('two'));
    await clock.advance(1_499);
    expect(ended).toEqual([]);
    await clock.advance(1);
    expect(ended).toEqual(['one']);
    await clock.advance(500);
    expect(ended).toEqual(['one', 'two']);
  });

  it('ends no wait of a guest who has left', async () => {
    const { clock, room } = openRoom();
    const ended: string[] = [];
    const ticket = room.enter('u1');
    ticket.onExpiry(() => ended.push('one'));
    ticket.leave();
    await clock.advance(3_000);
    expect(ended).toEqual([]);
    expect(room.size()).toBe(0);
  });

  it('tells at once where patience has ended already', async () => {
    const { clock, room } = openRoom();
    const ticket = room.enter('u1');
    await clock.advance(2_000);
    let told = false;
    ticket.onExpiry(() => (told = true));
    expect(told).toBe(true);
  });

  it('turns away whoever comes to a full room, and lets them in when somebody has left', () => {
    const { room } = openRoom();
    const tickets = [undefined, undefined, 'u1', 'u2'].map((user) => room.enter(user));
    expect(() => room.enter('u3')).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    tickets[0]?.leave();
    tickets[0]?.leave();
    room.enter('u3');
    expect(() => room.enter('u4')).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
  });

  it('lets no single user take all places', () => {
    const { room } = openRoom();
    const first = room.enter('u1');
    room.enter('u1');
    expect(() => room.enter('u1')).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    room.enter('u2');
    first.leave();
    room.enter('u1');
  });
});
