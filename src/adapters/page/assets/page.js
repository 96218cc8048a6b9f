"use strict";
(() => {
  // Copies a text. `navigator.clipboard` is missing on plain HTTP, where a selection is copied instead.
  const select = (source) => {
    if ("select" in source) {
      source.focus();
      source.select();
    } else {
      getSelection().selectAllChildren(source);
    }
  };
  const copy = async (source) => {
    if (navigator.clipboard) {
      try {
        await navigator.clipboard.writeText("value" in source ? source.value : source.textContent);
        return true;
      } catch {
        // Not permitted: the selection below may be.
      }
    }
    select(source);
    return document.execCommand("copy");
  };
  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    const said = button.closest(".kw-copy").querySelector(".kw-copied");
    button.hidden = false;
    button.addEventListener("click", async () => {
      said.textContent = "";
      const copied = await copy(source);
      if (!copied) select(source);
      said.textContent = copied ? button.dataset.copied : button.dataset.failed;
    });
  }

  // Shows local times. The time in UTC remains as the title.
  const language = document.querySelector(".keyward")?.lang || undefined;
  const format = { dateStyle: "medium", timeStyle: "short" };
  const local = (date) => new Intl.DateTimeFormat(language, format).format(date);
  for (const time of document.querySelectorAll(".keyward time[datetime]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    time.title = time.textContent;
    time.textContent = local(date);
  }
  for (const note of document.querySelectorAll(".kw-utc")) note.hidden = true;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const output of document.querySelectorAll("[data-end-of]")) {
    const field = document.getElementById(output.dataset.endOf);
    const show = () => {
      const date = new Date(`${field.value}T23:59:59Z`);
      output.textContent = Number.isNaN(date.getTime()) ? "" : `${local(date)} (${zone})`;
    };
    field.addEventListener("input", () => {
      show();
      const choice = field.closest("fieldset")?.querySelector('input[type="radio"][value="date"]');
      if (choice) choice.checked = true;
    });
    show();
  }

  // Wipes secrets when the reader leaves, so that no cache of the browser keeps them.
  addEventListener("pagehide", () => {
    for (const secret of document.querySelectorAll("[data-secret]")) {
      secret.value = "";
      secret.textContent = "";
    }
  });
})();
