// Brings the quizzes to life. The answers and their reasons are folded below each question.
"use strict";

// What a text may stand for as a number: where a comma is, some write a point, and others nothing (6,000). The book's
// minus is the typographer's.
const numbers = (text) => {
	const digits = text.replaceAll("−", "-").replace(/[\s_'’]/g, "");
	const thousands = digits.split(".")[0].split(",").slice(1).every((group) => group.length === 3);
	return [digits.replace(",", "."), thousands ? digits.replaceAll(",", "") : NaN].map(Number);
};

document.querySelectorAll(".quiz").forEach((quiz) => {
	const forms = [...quiz.querySelectorAll("form")];
	const score = quiz.querySelector(".quiz-score");
	const key = (form) => "attentive.quiz." + form.dataset.id;
	// Some browsers forbid storage to pages opened from a file: then results last as long as the page.
	const storage = (action) => {
		try {
			return action(localStorage);
		} catch {
			return null;
		}
	};

	const given = (form) => {
		if (form.dataset.kind === "number") return form.answer.value.trim() ? [form.answer.value.trim()] : [];
		return [...form.querySelectorAll("input:checked")].map((input) => input.value).sort();
	};

	const isRight = (form, answer, reasons) => {
		if (form.dataset.kind !== "number")
			return reasons.every((reason, i) => "right" in reason.dataset === answer.includes(String(i)));
		return numbers(answer[0]).some((number) => Math.abs(number - form.dataset.answer) <= Number(form.dataset.tolerance));
	};

	const show = (form, answer) => {
		const reasons = [...form.querySelectorAll("details li")];
		const right = isRight(form, answer, reasons);
		const chosen = form.dataset.kind === "number" ? (right ? reasons : []) : answer.map((i) => reasons[i]);
		const complete = right || chosen.some((reason) => !("right" in reason.dataset));
		const said = right ? "Right." : complete || !chosen.length ? "Not quite." : "Right so far, but not all.";
		const verdict = form.querySelector(".quiz-verdict");
		verdict.innerHTML = "<strong>" + said + "</strong> ";
		const list = verdict.appendChild(document.createElement("ul"));
		chosen.forEach((reason) => list.append(reason.cloneNode(true)));
		form.dataset.result = right ? "right" : "wrong";
		form.querySelector("details").hidden = false;
		return right;
	};

	const clear = (form) => {
		form.querySelector(".quiz-verdict").textContent = "";
		form.querySelector("details").hidden = true;
		delete form.dataset.result;
	};

	const count = () => {
		const of = (result) => forms.filter((form) => form.dataset.result === result).length;
		const open = forms.length - of("right") - of("wrong");
		score.textContent = of("right") + " of " + forms.length + " right" + (open ? ", " + open + " to go" : "");
	};

	// The questions, and the choices of each.
	const shuffle = () => {
		for (const list of quiz.querySelectorAll(":scope > ol, .quiz-choices")) list.append(...shuffled([...list.children]));
	};

	forms.forEach((form) => {
		form.querySelector("button").hidden = false;
		clear(form);
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			const answer = given(form);
			if (!answer.length) {
				form.querySelector(".quiz-verdict").textContent = "Choose an answer first.";
				return;
			}
			show(form, answer);
			storage((s) => s.setItem(key(form), JSON.stringify(answer)));
			count();
		});

		const kept = storage((s) => JSON.parse(s.getItem(key(form))));
		const inputs = [...form.querySelectorAll("input")];
		if (!Array.isArray(kept) || !kept.length) return;
		if (form.dataset.kind === "number") form.answer.value = kept[0];
		else if (!kept.every((i) => inputs.some((input) => input.value === i))) return; // the question has changed since
		else inputs.forEach((input) => (input.checked = kept.includes(input.value)));
		show(form, kept);
	});

	quiz.querySelector(".quiz-reset").addEventListener("click", () => {
		forms.forEach((form) => {
			storage((s) => s.removeItem(key(form)));
			form.reset();
			clear(form);
		});
		shuffle();
		count();
		quiz.querySelector("input").focus();
	});
	// Arrow keys choose an answer here; elsewhere they turn the book's pages.
	quiz.addEventListener("keydown", (event) => event.stopPropagation());
	quiz.querySelector(".quiz-foot").hidden = false;
	shuffle();
	count();
});
