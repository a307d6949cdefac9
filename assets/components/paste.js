// An image pasted anywhere on the page (Ctrl-V) goes to Python as base64.

const mounted = new WeakMap();

function read(file, done) {
  const reader = new FileReader();
  reader.onload = () => done(String(reader.result).split(",")[1]);
  reader.readAsDataURL(file);
}

export default function (component) {
  const { parentElement } = component;
  if (mounted.has(parentElement)) {
    mounted.get(parentElement).component = component;
    return undefined;
  }
  const state = { component };
  mounted.set(parentElement, state);
  const listener = (event) => {
    const file = [...(event.clipboardData?.files || [])].find((one) => one.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    read(file, (content) => state.component.setStateValue("pasted", { content, number: Date.now() }));
  };
  document.addEventListener("paste", listener);
  return () => {
    document.removeEventListener("paste", listener);
    mounted.delete(parentElement);
  };
}
