import { useLanguage } from '@xinglin/i18n';
import { useEffect, useRef } from 'react';
import {
  AmbientLight,
  BufferAttribute,
  BufferGeometry,
  Color,
  DirectionalLight,
  DoubleSide,
  ExtrudeGeometry,
  Group,
  Mesh,
  MeshLambertMaterial,
  PerspectiveCamera,
  Raycaster,
  Scene as World,
  Shape,
  Vector2,
  Vector3,
  WebGLRenderer,
} from 'three';
import type { House, RoomShape } from './load';
import type { RoomState } from './plan';
import { colourOf } from './colour';

interface SceneProps {
  house: House;
  level: number | null;
  states: Map<string, RoomState>;
  chosen: string | null;
  onChoose: (room: RoomShape) => void;
  onFail: () => void;
}

const wallMetres = 1.2;
const explodedMetres = 9;

/** The house in 3-D: one mesh a storey with a colour for each corner, so that a storey is one draw call. */
export default function Scene({ house, level, states, chosen, onChoose, onFail }: SceneProps) {
  const { t } = useLanguage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const stage = useRef<Stage | null>(null);
  const choose = useRef(onChoose);
  useEffect(() => {
    choose.current = onChoose;
  }, [onChoose]);
  useEffect(() => {
    if (!canvas.current) return undefined;
    try {
      stage.current = new Stage(canvas.current, house, level, (room) => choose.current(room));
    } catch {
      onFail();
      return undefined;
    }
    return () => {
      stage.current?.close();
      stage.current = null;
    };
  }, [house, level, onFail]);
  useEffect(() => stage.current?.paint(states, chosen), [states, chosen, house, level]);
  return (
    <canvas
      ref={canvas}
      className="space-solid"
      tabIndex={0}
      role="img"
      aria-label={`${t.space.solidLabel}。${t.space.keys}`}
      onKeyDown={(event) => stage.current?.key(event.key) && event.preventDefault()}
    />
  );
}

class Stage {
  private readonly renderer: WebGLRenderer;
  private readonly world = new World();
  private readonly camera = new PerspectiveCamera(35, 1, 1, 4000);
  private readonly storeys = new Group();
  private readonly meshes: Mesh[] = [];
  private readonly spans = new Map<string, { mesh: Mesh; first: number; count: number; room: RoomShape }>();
  private readonly middle = new Vector3();
  private turn = -0.6;
  private tilt = 0.75;
  private far = 100;
  private readonly resized: ResizeObserver;
  private held: { x: number; y: number; moved: boolean } | null = null;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    house: House,
    level: number | null,
    private readonly choose: (room: RoomShape) => void,
  ) {
    this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true, preserveDrawingBuffer: true });
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    const sun = new DirectionalLight(0xffffff, 1.6);
    sun.position.set(60, 160, 90);
    this.world.add(new AmbientLight(0xffffff, 1.7), sun, this.storeys);
    for (const storey of house.storeys) {
      if (level === null || storey.level === level)
        this.build(house, storey.id, level === null ? storey.level : 0);
    }
    this.aim();
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(canvas);
    for (const name of ['pointerdown', 'pointermove', 'pointerup'] as const)
      canvas.addEventListener(name, this.point);
    canvas.addEventListener('wheel', this.wheel, { passive: false });
    this.fit();
  }

  close(): void {
    this.resized.disconnect();
    for (const name of ['pointerdown', 'pointermove', 'pointerup'] as const)
      this.canvas.removeEventListener(name, this.point);
    this.canvas.removeEventListener('wheel', this.wheel);
    for (const { mesh } of this.spans.values()) mesh.geometry.dispose();
    this.renderer.dispose();
  }

  paint(states: Map<string, RoomState>, chosen: string | null): void {
    const colour = new Color();
    for (const [id, { mesh, first, count, room }] of this.spans) {
      const colours = mesh.geometry.getAttribute('color') as BufferAttribute;
      colour.set(colourOf(room.category, states.get(id) ?? 'none', id === chosen));
      for (let at = first; at < first + count; at += 1) colours.setXYZ(at, colour.r, colour.g, colour.b);
      colours.needsUpdate = true;
    }
    this.draw();
  }

  key(key: string): boolean {
    const moves: Record<string, () => void> = {
      ArrowLeft: () => (this.turn -= 0.15),
      ArrowRight: () => (this.turn += 0.15),
      ArrowUp: () => (this.tilt = Math.min(1.5, this.tilt + 0.1)),
      ArrowDown: () => (this.tilt = Math.max(0.1, this.tilt - 0.1)),
      '+': () => (this.far *= 0.85),
      '=': () => (this.far *= 0.85),
      '-': () => (this.far *= 1.15),
    };
    const move = moves[key];
    move?.();
    if (move) this.draw();
    return Boolean(move);
  }

  private build(house: House, storey: string, lift: number): void {
    const parts: { geometry: BufferGeometry; room: RoomShape }[] = [];
    for (const room of house.rooms) {
      if (room.storey !== storey || room.outline.length < 3) continue;
      const shape = new Shape(room.outline.map(([x, y]) => new Vector2(x, y)));
      const geometry = new ExtrudeGeometry(shape, { depth: wallMetres, bevelEnabled: false });
      geometry.rotateX(-Math.PI / 2);
      geometry.translate(0, lift * explodedMetres, 0);
      parts.push({ geometry, room });
    }
    if (parts.length === 0) return;
    const count = parts.reduce((sum, part) => sum + part.geometry.getAttribute('position').count, 0);
    const merged = new BufferGeometry();
    const places = new Float32Array(count * 3);
    const normals = new Float32Array(count * 3);
    merged.setAttribute('position', new BufferAttribute(places, 3));
    merged.setAttribute('normal', new BufferAttribute(normals, 3));
    merged.setAttribute('color', new BufferAttribute(new Float32Array(count * 3), 3));
    const mesh = new Mesh(merged, new MeshLambertMaterial({ vertexColors: true, side: DoubleSide }));
    let first = 0;
    for (const { geometry, room } of parts) {
      const own = geometry.getAttribute('position');
      places.set(own.array, first * 3);
      normals.set(geometry.getAttribute('normal').array, first * 3);
      this.spans.set(room.id, { mesh, first, count: own.count, room });
      first += own.count;
      geometry.dispose();
    }
    merged.computeBoundingSphere();
    this.storeys.add(mesh);
    this.meshes.push(mesh);
  }

  private aim(): void {
    let radius = 10;
    for (const mesh of this.meshes) {
      const sphere = mesh.geometry.boundingSphere;
      if (!sphere) continue;
      this.middle.addScaledVector(sphere.center, 1 / this.meshes.length);
      radius = Math.max(radius, sphere.radius);
    }
    this.far = Math.max(radius * 2.1, this.meshes.length * explodedMetres * 1.9);
  }

  private fit(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.draw();
  }

  private draw(): void {
    const flat = Math.cos(this.tilt) * this.far;
    this.camera.position.set(
      this.middle.x + Math.sin(this.turn) * flat,
      this.middle.y + Math.sin(this.tilt) * this.far,
      this.middle.z + Math.cos(this.turn) * flat,
    );
    this.camera.lookAt(this.middle);
    this.renderer.render(this.world, this.camera);
    this.canvas.dataset.drawn = String(this.spans.size);
  }

  private readonly wheel = (event: WheelEvent) => {
    event.preventDefault();
    this.far *= event.deltaY > 0 ? 1.1 : 0.9;
    this.draw();
  };

  private readonly point = (event: PointerEvent) => {
    if (event.type === 'pointerdown') {
      this.held = { x: event.clientX, y: event.clientY, moved: false };
      return;
    }
    if (!this.held) return;
    if (event.type === 'pointerup') {
      if (!this.held.moved) this.pick(event);
      this.held = null;
      return;
    }
    const [dx, dy] = [event.clientX - this.held.x, event.clientY - this.held.y];
    if (!this.held.moved && Math.hypot(dx, dy) < 4) return;
    this.held = { x: event.clientX, y: event.clientY, moved: true };
    this.turn -= dx / 200;
    this.tilt = Math.min(1.5, Math.max(0.1, this.tilt + dy / 300));
    this.draw();
  };

  private pick(event: PointerEvent): void {
    const box = this.canvas.getBoundingClientRect();
    const at = new Vector2(
      ((event.clientX - box.left) / box.width) * 2 - 1,
      -((event.clientY - box.top) / box.height) * 2 + 1,
    );
    const ray = new Raycaster();
    ray.setFromCamera(at, this.camera);
    const hit = ray.intersectObjects(this.storeys.children)[0];
    const corner = hit?.face?.a;
    if (!hit || corner === undefined) return;
    for (const { mesh, first, count, room } of this.spans.values()) {
      if (mesh === hit.object && corner >= first && corner < first + count) this.choose(room);
    }
  }
}
