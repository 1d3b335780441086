//! Colours as eyes see them: contrast, and distance for eyes that lack a kind of cone.

/// A colour of the screen, each part from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour([u8; 3]);

/// The three ways in which a kind of cone may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blindness {
    Protan,
    Deutan,
    Tritan,
}

impl Blindness {
    pub(super) const ALL: [Self; 3] = [Self::Protan, Self::Deutan, Self::Tritan];

    /// What full blindness makes of linear red, green and blue: Machado, Oliveira and Fernandes, "A
    /// Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.0.
    fn matrix(self) -> [[f64; 3]; 3] {
        match self {
            Self::Protan => [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
            Self::Deutan => [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
            Self::Tritan => [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        }
    }
}

impl Colour {
    /// Reads `#RRGGBB`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    fn linear(self) -> [f64; 3] {
        self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn luminance(self) -> f64 {
        dot([0.2126, 0.7152, 0.0722], self.linear())
    }

    /// The contrast ratio of WCAG 2.2, from 1 to 21.
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// How far apart two colours are for such eyes: the distance in OKLab, times 100.
    pub(super) fn distance(self, other: Self, eyes: Blindness) -> f64 {
        let seen = |colour: Self| oklab(eyes.matrix().map(|row| dot(row, colour.linear()).clamp(0.0, 1.0)));
        let (one, two) = (seen(self), seen(other));
        let squares: f64 = one.iter().zip(two).map(|(left, right)| (left - right).powi(2)).sum();
        squares.sqrt() * 100.0
    }
}

/// Linear red, green and blue in OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020).
fn oklab(linear: [f64; 3]) -> [f64; 3] {
    let cones = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ]
    .map(|row| dot(row, linear).cbrt());
    [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ]
    .map(|row| dot(row, cones))
}

fn dot(one: [f64; 3], two: [f64; 3]) -> f64 {
    one.iter().zip(two).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        Colour::parse(text).unwrap()
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let close = |one: f64, two: f64| (one - two).abs() < 0.05;
        assert!(close(colour("#FFFFFF").contrast(colour("#000000")), 21.0));
        assert!(close(colour("#FFFFFF").contrast(colour("#767676")), 4.54));
        assert!(close(colour("#14171D").contrast(colour("#ECEEF2")), 15.45));
    }

    #[test]
    fn only_six_digits_are_a_colour() {
        assert_eq!(Colour::parse("#0A0b0C"), Some(Colour([10, 11, 12])));
        for text in ["#FFF", "red", "#GGGGGG", "#FFFFFFFF", "#ÄÄÄ"] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }

    #[test]
    fn red_and_green_come_close_without_the_cones_between_them() {
        let (red, green) = (colour("#C04040"), colour("#608040"));
        assert!(red.distance(green, Blindness::Deutan) < 0.5 * red.distance(green, Blindness::Tritan));
        assert!(red.distance(red, Blindness::Protan) < 1e-9);
    }
}
